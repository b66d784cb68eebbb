/** A spoken session over a WebSocket, which outlives the connections that carry it: docs/voice-protocol.md. */

import { t } from '../l10n'

import { decodeSpeech, encodeHeard } from './frames'
import { CLOSED, type ClientMessage, type Line, type LineListener, type Start, type VoiceEvent } from './protocol'

/** 10 s of sound at 20 ms a frame are kept until the server has them. */
const MOST_KEPT = 500

/** With more than this (bytes, 1 s of sound) waiting in the browser, further frames wait here, where they are counted. */
const MOST_BUFFERED = 32_000

/** How long (ms) to wait before each further try to connect. They end a little after the server has forgotten us. */
const RETRIES = [250, 500, 1000, 2000, 4000, 8000, 8000, 8000] as const

/** How long (ms) the server keeps a session whose line is lost. */
const KEPT_BY_SERVER = 30_000

/** How often (ms) the server is asked whether it is there. No answer until the next time: the line is dead. */
const PING_EVERY = 10_000

/** So many connections in vain before a first one worked: no WebSocket passes here. */
const HOPELESS_AFTER = 2

/** What of a WebSocket is used, so that a test can stand in for it. */
export interface Socket {
  binaryType: string
  readonly bufferedAmount: number
  send(data: string | ArrayBuffer): void
  close(code?: number): void
  onopen: (() => void) | null
  onmessage: ((message: { data: unknown }) => void) | null
  onclose: ((event: { code: number; reason: string }) => void) | null
}

interface Kept {
  seq: number
  frame: ArrayBuffer
}

export class VoiceSession implements Line {
  private socket: Socket | null = null
  private sessionId: string | null = null
  private ready = false
  private finished = false
  private failures = 0
  private everReady = false
  private lostAt: number | null = null
  private retrying: ReturnType<typeof setTimeout> | undefined
  private pinging: ReturnType<typeof setInterval> | undefined
  /** What the server said before it closed the line. */
  private parting = ''
  private pings = 0
  private pongs = 0

  /** The last number of the server's that was seen. */
  private received = 0
  private seq = 0
  private sentUpTo = 0
  private kept: Kept[] = []
  /** What was said while the line was down, in its order. */
  private waiting: ClientMessage[] = []

  /**
   * `start` is asked for each new session, since the conversation goes on in it. `onHopeless`: no WebSocket passes here;
   * nothing more comes of this session.
   */
  constructor(
    private readonly address: string,
    private readonly start: () => Start,
    private readonly listener: LineListener,
    private readonly onHopeless: () => void,
    private readonly connect: (address: string) => Socket = (to) => new WebSocket(to) as unknown as Socket,
    private readonly now: () => number = Date.now,
  ) {}

  open(): void {
    this.listener.onState('connecting', null)
    this.dial()
  }

  hear(frame: Int16Array): void {
    if (this.finished) {
      return
    }
    this.seq += 1
    this.kept.push({ seq: this.seq, frame: encodeHeard(this.seq, frame) })
    if (this.kept.length > MOST_KEPT) {
      this.kept.shift()
    }
    this.pump()
  }

  send(message: ClientMessage): void {
    if (this.finished) {
      return
    }
    if (this.ready) {
      // What was heard before is understood before.
      this.pump()
      this.socket?.send(JSON.stringify(message))
    } else if (message.type !== 'playback') {
      this.waiting.push(message)
    }
  }

  close(): void {
    this.finish(null)
  }

  private dial(): void {
    const socket = this.connect(this.address)
    this.socket = socket
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => {
      const first: ClientMessage =
        this.sessionId === null
          ? { type: 'session.start', ...this.start() }
          : { type: 'session.resume', session_id: this.sessionId, after: this.received }
      socket.send(JSON.stringify(first))
      this.watch()
    }
    socket.onmessage = ({ data }) => {
      this.take(data)
    }
    socket.onclose = ({ code, reason }) => {
      this.lose(code, reason)
    }
  }

  private take(data: unknown): void {
    if (data instanceof ArrayBuffer) {
      const frame = decodeSpeech(data)
      if (frame !== null && this.isNew(frame.n)) {
        this.listener.onSpeech(frame)
      }
      return
    }
    const { n, event } = JSON.parse(String(data)) as { n: number; event: VoiceEvent }
    if (event.type === 'error' && 'fatal' in event && event.fatal) {
      this.parting = event.message // the code with which it closes says what to do
      return
    }
    if (event.type === 'session.ready') {
      this.begin(event.session_id, event.resumed, event.received, n)
    } else if (!this.isNew(n)) {
      return
    }
    if (event.type === 'audio.ack') {
      this.forget(event.seq)
      this.pump()
    } else if (event.type === 'pong') {
      this.pongs = event.id
    } else {
      this.listener.onEvent(event)
    }
  }

  /** The same is told again after a resumption. */
  private isNew(n: number): boolean {
    const isNew = n > this.received
    this.received = Math.max(this.received, n)
    return isNew
  }

  private begin(sessionId: string, resumed: boolean, received: number, n: number): void {
    if (!resumed) {
      // The server counts from the start, and what was said into the old session is lost with it.
      this.received = n
      this.kept = this.kept.filter(({ seq }) => seq > this.sentUpTo)
      this.renumber()
    } else {
      // Its number says nothing: what was missed, with lower ones, comes behind it.
      this.forget(received)
    }
    this.sessionId = sessionId
    this.sentUpTo = resumed ? received : 0
    this.ready = true
    this.everReady = true
    this.failures = 0
    this.lostAt = null
    this.listener.onState('online', null)
    this.pump()
    for (const message of this.waiting.splice(0)) {
      this.send(message)
    }
  }

  private renumber(): void {
    this.kept.forEach((one, index) => {
      one.seq = index + 1
      new DataView(one.frame).setUint32(0, one.seq, true)
    })
    this.seq = this.kept.length
  }

  private forget(upTo: number): void {
    this.kept = this.kept.filter(({ seq }) => seq > upTo)
  }

  /** Send what is not sent yet, as far as the browser takes it without piling it up. */
  private pump(): void {
    if (!this.ready || this.socket === null) {
      return
    }
    for (const { seq, frame } of this.kept) {
      if (this.socket.bufferedAmount > MOST_BUFFERED) {
        return
      }
      if (seq > this.sentUpTo) {
        this.socket.send(frame)
        this.sentUpTo = seq
      }
    }
  }

  private watch(): void {
    clearInterval(this.pinging)
    this.pings = this.pongs = 0
    this.pinging = setInterval(() => {
      if (this.pongs < this.pings) {
        this.drop()
      } else if (this.ready) {
        this.pings += 1
        this.socket?.send(JSON.stringify({ type: 'ping', id: this.pings } satisfies ClientMessage))
      }
    }, PING_EVERY)
  }

  /** A dead line closes too late by itself. */
  private drop(): void {
    const socket = this.socket
    this.hangUp()
    socket?.close()
    this.lose(0, '')
  }

  private hangUp(): void {
    clearInterval(this.pinging)
    this.ready = false
    if (this.socket !== null) {
      this.socket.onopen = this.socket.onmessage = this.socket.onclose = null
      this.socket = null
    }
  }

  private lose(code: number, reason: string): void {
    const resuming = this.sessionId !== null && !this.ready
    this.hangUp()
    if (resuming && code === CLOSED.refused) {
      this.sessionId = null // gone at the server: begin anew
      code = 0
    }
    const final = reasonOf(code, this.parting || reason)
    this.parting = ''
    if (final !== undefined) {
      this.finish(final)
      return
    }
    this.failures += 1
    if (!this.everReady && this.failures >= HOPELESS_AFTER) {
      this.finished = true
      this.onHopeless()
      return
    }
    this.lostAt ??= this.now()
    if (this.now() - this.lostAt > KEPT_BY_SERVER) {
      this.sessionId = null
    }
    const wait = RETRIES[this.failures - 1]
    if (wait === undefined) {
      this.finish(t('voiceassist', 'VoiceAssist does not answer.'))
      return
    }
    this.listener.onState(this.everReady ? 'reconnecting' : 'connecting', null)
    this.retrying = setTimeout(() => {
      this.dial()
    }, wait)
  }

  private finish(reason: string | null): void {
    if (this.finished) {
      return
    }
    this.finished = true
    clearTimeout(this.retrying)
    const socket = this.socket
    this.hangUp()
    socket?.close(CLOSED.normal)
    this.listener.onState('closed', reason)
  }
}

/** Why a connection that was closed with this code is not tried again, or undefined when it is. */
function reasonOf(code: number, reason: string): string | null | undefined {
  switch (code) {
    case CLOSED.normal:
      return null
    case CLOSED.refused:
      return reason || t('voiceassist', 'You are not signed in any more. Load the page again.')
    case CLOSED.full:
      return t('voiceassist', 'Too many people are talking at once. Try again in a moment.')
    case CLOSED.takenOver:
      return t('voiceassist', 'The conversation goes on in another window.')
    case CLOSED.wrongKind:
    case CLOSED.tooLarge:
    case CLOSED.flooded:
      return reason || t('voiceassist', 'The server ended the conversation.')
    default:
      return undefined
  }
}
