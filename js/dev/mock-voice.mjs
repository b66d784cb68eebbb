/**
 * The spoken session of the stand-in for the backend: enough of docs/voice-protocol.md to work on the voice page.
 *
 * It knows speech by loudness alone and understands nothing: what it "hears" is the next sentence of HEARD, and its
 * voice is a hum. Whether the product hears, takes turns and is interrupted is proved by tests/browser/test_voice.py.
 */

import { createHash } from 'node:crypto'

const SPOKEN_RATE = 24_000
const FRAME_SECONDS = 0.02
const LOUD = 0.02
const ENDS_AFTER = 35
const BEGINS_AFTER = 5
const STOPS_AFTER = 20
const LETTERS_PER_SECOND = 15

const ENGINE = { data_goes_to: 'this machine', languages: ['en'], streaming: true }
export const VOICE = {
  hears: { ...ENGINE, name: 'pocketsphinx', grade: 'command' },
  speaks: { ...ENGINE, name: 'espeak-ng', grade: 'dictation' },
  enabled: true,
  max_seconds: 60,
}

/** How the one user wants to be spoken to. */
export const PREFERENCES = { language: '', voice: '', speed: 1 }

export const HEARD = ['How soon is the INR checked after a change of dose', 'Add a meeting with Dr Smith', 'Yes']

/** `length` samples of a hum from the sample `from` on, as 16-bit little-endian. */
function hum(from, length) {
  const samples = Buffer.alloc(2 * length)
  for (let index = 0; index < length; index++) {
    const seconds = (from + index) / SPOKEN_RATE
    const loudness = 0.6 + 0.4 * Math.sin(2 * Math.PI * 4 * seconds)
    samples.writeInt16LE(Math.round(Math.sin(2 * Math.PI * 140 * seconds) * loudness * 3000), 2 * index)
  }
  return samples
}

/** What is said for an answer: its clauses, with the number of samples of each. */
function clausesOf(answer) {
  return (answer.replace(/\[\d+\]/g, '').match(/[^.?!\n]+[.?!]?\s*/g) ?? []).map((clause) => ({
    text: clause.trim(),
    length: Math.round((clause.trim().length / LETTERS_PER_SECOND) * SPOKEN_RATE),
  }))
}

/** The same, with its samples. */
export function speechOf(answer) {
  return clausesOf(answer).map(({ text, length }) => ({ text, samples: hum(0, length) }))
}

/** One side of a WebSocket (RFC 6455) as far as a browser needs it: no fragments, no extensions. */
function accept(request, socket, onFrame, onClose) {
  const key = request.headers['sec-websocket-key']
  const answer = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${answer}\r\n\r\n`,
  )
  socket.setNoDelay(true)
  const send = (opcode, data) => {
    const length = data.length < 126 ? [data.length] : data.length < 65536 ? [126, data.length >> 8, data.length & 255] : null
    if (length && socket.writable) socket.write(Buffer.concat([Buffer.from([0x80 | opcode, ...length]), data]))
  }
  let held = Buffer.alloc(0)
  socket.on('data', (data) => {
    held = Buffer.concat([held, data])
    for (;;) {
      if (held.length < 6) return
      const short = held[1] & 127
      if (short > 126 || (short === 126 && held.length < 8)) return
      const head = short === 126 ? 4 : 2
      const length = short === 126 ? held.readUInt16BE(2) : short
      if (held.length < head + 4 + length) return
      const mask = held.subarray(head, head + 4)
      const payload = Buffer.from(held.subarray(head + 4, head + 4 + length).map((byte, index) => byte ^ mask[index & 3]))
      const opcode = held[0] & 15
      held = held.subarray(head + 4 + length)
      if (opcode === 8) {
        send(8, payload)
        socket.end()
        return
      }
      onFrame(opcode === 1 ? payload.toString() : payload)
    }
  })
  socket.on('close', onClose)
  socket.on('error', () => socket.destroy())
  return { text: (data) => send(1, Buffer.from(data)), binary: (data) => send(2, data), drop: () => socket.destroy() }
}

/** Sessions by id, so that one that lost its line can go on. */
const sessions = new Map()
let ids = 0

class Session {
  constructor({ startTurn, turns }, { mode, conversation_id }) {
    Object.assign(this, { startTurn, turns, mode, conversation: conversation_id, id: `s${++ids}` })
    Object.assign(this, { n: 0, kept: [], received: 0, speech: 0, loud: 0, quiet: 0, heard: 0, hearing: false })
    Object.assign(this, { muted: false, turn: null, speaking: null, line: null, said: 0, lost: 0 })
    sessions.set(this.id, this)
  }

  put(make) {
    const frame = make(++this.n)
    this.kept.push([this.n, frame])
    this.kept.splice(0, this.kept.length - 200)
    this.transmit(frame)
  }

  transmit(frame) {
    if (typeof frame === 'string') this.line?.text(frame)
    else this.line?.binary(frame)
  }

  tell(type, more = {}) {
    this.put((n) => JSON.stringify({ n, event: { type, ...more } }))
  }

  attach(line, after = null) {
    this.line = line
    const { hears, speaks } = VOICE
    const ready = { session_id: this.id, resumed: after !== null, received: this.received, hears, speaks }
    line.text(JSON.stringify({ n: this.n, event: { type: 'session.ready', ...ready, input_rate: 16000, output_rate: 24000 } }))
    if (after === null) this.rest()
    else for (const [, frame] of this.kept.filter(([n]) => n > after)) this.transmit(frame)
  }

  show(state) {
    if (state !== this.state) this.tell('session.state', { state })
    this.state = state
  }

  rest() {
    this.show(this.muted ? 'muted' : this.mode === 'hands_free' ? 'listening' : 'waiting')
  }

  sound(data) {
    const seq = data.readUInt32LE(0)
    if (seq <= this.received) return
    this.lost += seq - this.received - 1
    this.received = seq
    if (seq % 10 === 0) this.tell('audio.ack', { seq })
    if (this.muted) return
    const samples = new Int16Array(new Uint8Array(data.subarray(4)).buffer)
    const level = Math.sqrt(samples.reduce((sum, one) => sum + (one / 32767) ** 2, 0) / samples.length)
    this.loud = level > LOUD ? this.loud + 1 : 0
    this.quiet = level > LOUD ? 0 : this.quiet + 1
    if (this.speaking && this.mode === 'hands_free') {
      if (this.loud === BEGINS_AFTER) this.tell('audio.paused', { speech: this.speech })
      if (this.loud === STOPS_AFTER) this.stop('barge_in')
      if (this.quiet === BEGINS_AFTER) this.tell('audio.resumed', { speech: this.speech })
    }
    if (this.mode === 'hands_free' && !this.hearing && !this.speaking && this.loud >= BEGINS_AFTER) this.begin()
    if (this.hearing) {
      this.heard += 1
      const words = HEARD[this.said % HEARD.length].split(' ')
      if (this.heard % 10 === 0) this.tell('transcript.delta', { text: words.slice(0, this.heard / 10).join(' ') })
      if (this.mode === 'hands_free' && this.quiet >= ENDS_AFTER) this.end('silence')
    }
  }

  begin() {
    this.hearing = true
    this.heard = 0
    this.tell('speech.started', { at: this.received * FRAME_SECONDS })
    this.show('hearing')
  }

  end(reason) {
    this.hearing = false
    this.tell('speech.ended', { at: this.received * FRAME_SECONDS, reason })
    this.take(HEARD[this.said++ % HEARD.length])
  }

  take(text) {
    this.show('thinking')
    const started = this.startTurn({ text: /^yes$/i.test(text) ? 'yes' : text.toLowerCase(), conversation_id: this.conversation })
    this.conversation = started.conversation_id
    this.tell('transcript.done', { text, words: [], engine: 'pocketsphinx', turn_id: started.turn_id })
    const turn = this.turns.get(started.turn_id)
    this.turn = turn
    let sent = 0
    const flush = () => {
      for (const { type, ...more } of turn.events.slice(sent)) this.tell(type, more)
      sent = turn.events.length
      const last = turn.events.at(-1)
      if (last?.type === 'turn.done' && this.turn === turn) this.speak(last.text, turn.id)
    }
    turn.listeners.add(flush)
    flush()
  }

  speak(text, turn_id) {
    const speech = ++this.speech
    const clauses = clausesOf(text)
    let offset = 0
    let clause = 0
    let until = 0
    this.show('speaking')
    this.speaking = setInterval(() => {
      if (offset >= until) {
        const next = clauses[clause++]
        if (next === undefined) {
          this.tell('audio.ended', { speech, samples: offset })
          clearInterval(this.speaking)
          return
        }
        if (offset === 0) this.tell('audio.started', { speech, turn_id, text: next.text })
        else this.tell('audio.mark', { speech, offset, text: next.text })
        until = offset + next.length
      }
      const length = Math.min(SPOKEN_RATE * 0.04, until - offset)
      const at = offset
      this.put((n) => {
        const header = Buffer.alloc(12)
        ;[n, speech, at].forEach((value, index) => header.writeUInt32LE(value, 4 * index))
        return Buffer.concat([header, hum(at, length)])
      })
      offset += length
    }, 35)
  }

  stop(reason) {
    this.turn?.cancel()
    this.turn = null
    if (this.speaking) {
      clearInterval(this.speaking)
      this.speaking = null
      this.tell('audio.stopped', { speech: this.speech, reason })
    }
    if (reason === 'barge_in') this.begin()
    else this.rest()
  }

  message(message) {
    switch (message.type) {
      case 'session.mode':
        this.mode = message.mode
        if (!this.speaking && !this.turn) this.rest()
        break
      case 'talk.start':
        this.stop('barge_in')
        break
      case 'talk.end':
        if (this.hearing) this.end('released')
        break
      case 'mute':
        this.muted = message.muted
        this.rest()
        break
      case 'say':
        this.take(message.text)
        break
      case 'interrupt':
        this.stop('interrupt')
        break
      case 'playback':
        if (message.ended && message.speech === this.speech && this.speaking) {
          clearInterval(this.speaking)
          this.speaking = this.turn = null
          this.rest()
        }
        break
      case 'ping':
        this.tell('pong', { id: message.id })
        break
    }
  }

  over() {
    this.line = null
    clearInterval(this.speaking)
  }
}

/**
 * Serve sessions on this server, at the paths that `isOpen` says. `chat`: `startTurn` and the `turns`. Gives what breaks
 * all lines, as a lost network does, and how many frames came and did not come of the last session.
 */
export function serveSessions(server, chat, isOpen) {
  const lines = new Set()
  server.on('upgrade', (request, socket) => {
    if (!isOpen(new URL(request.url, 'http://localhost').pathname)) {
      socket.end('HTTP/1.1 404 Not Found\r\n\r\n')
      return
    }
    let session = null
    const line = accept(
      request,
      socket,
      (frame) => {
        if (typeof frame !== 'string') {
          session?.sound(frame)
          return
        }
        const message = JSON.parse(frame)
        if (message.type === 'session.start') {
          session = new Session(chat, message)
          session.attach(line)
        } else if (message.type === 'session.resume') {
          session = sessions.get(message.session_id)
          session.attach(line, message.after)
        } else {
          session.message(message)
        }
      },
      () => {
        lines.delete(line)
        if (session?.line === line) session.over()
      },
    )
    lines.add(line)
  })
  return {
    drop: () => lines.forEach((line) => line.drop()),
    frames() {
      const { received, lost } = [...sessions.values()].at(-1)
      return { received, lost }
    },
  }
}
