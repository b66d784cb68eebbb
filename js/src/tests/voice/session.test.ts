import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import type { ClientMessage, LineListener, LineState, Start, VoiceEvent } from '../../voice/protocol'
import { VoiceSession, type Socket } from '../../voice/session'

const START: Start = { mode: 'hands_free', conversation_id: null, scope: null, zone: null, language: 'en', voice: null, speed: null }
const ENGINE = { name: 'e', data_goes_to: 'this machine', grade: 'command', languages: ['en'], streaming: true }
const FRAME = new Int16Array(320)

/** A WebSocket that a test plays the server of. It leaves the browser's own unproved: tests/browser has that. */
class FakeSocket implements Socket {
  binaryType = ''
  bufferedAmount = 0
  closed: number | undefined
  sent: (string | ArrayBuffer)[] = []
  onopen: (() => void) | null = null
  onmessage: ((message: { data: unknown }) => void) | null = null
  onclose: ((event: { code: number; reason: string }) => void) | null = null

  send(data: string | ArrayBuffer): void {
    this.sent.push(data)
  }

  close(code = 1005): void {
    this.closed = code
  }

  tell(n: number, event: object): void {
    this.onmessage?.({ data: JSON.stringify({ n, event }) })
  }

  say(n: number, speech: number, offset: number): void {
    const view = new DataView(new ArrayBuffer(14))
    ;[n, speech, offset].forEach((value, index) => {
      view.setUint32(4 * index, value, true)
    })
    this.onmessage?.({ data: view.buffer })
  }

  ready(more: object = {}): void {
    this.onopen?.()
    this.tell(1, { type: 'session.ready', session_id: 's', resumed: false, received: 0, hears: ENGINE, speaks: ENGINE, ...more })
  }

  get messages(): ClientMessage[] {
    return this.sent.filter((one) => typeof one === 'string').map((one) => JSON.parse(one) as ClientMessage)
  }

  get numbers(): number[] {
    return this.sent.filter((one) => one instanceof ArrayBuffer).map((one) => new DataView(one).getUint32(0, true))
  }
}

interface Wire {
  session: VoiceSession
  sockets: FakeSocket[]
  last: () => FakeSocket
  events: VoiceEvent[]
  offsets: number[]
  states: [LineState, string | null][]
  hopeless: () => number
}

function wired(start: () => Start = () => START): Wire {
  const sockets: FakeSocket[] = []
  const events: VoiceEvent[] = []
  const offsets: number[] = []
  const states: [LineState, string | null][] = []
  let hopeless = 0
  const listener: LineListener = {
    onEvent: (event) => events.push(event),
    onSpeech: ({ offset }) => offsets.push(offset),
    onState: (state, reason) => states.push([state, reason]),
  }
  const session = new VoiceSession(
    'ws://here/voice/session',
    start,
    listener,
    () => (hopeless += 1),
    () => {
      const socket = new FakeSocket()
      sockets.push(socket)
      return socket
    },
  )
  session.open()
  return { session, sockets, last: () => sockets.at(-1) as FakeSocket, events, offsets, states, hopeless: () => hopeless }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Break the line and wait for the next one. */
async function broken(wire: Wire, code = 1006): Promise<FakeSocket> {
  wire.last().onclose?.({ code, reason: '' })
  await vi.advanceTimersByTimeAsync(300)
  return wire.last()
}

describe('a session', () => {
  test('begins with how one talks, and numbers its frames from 1', () => {
    const wire = wired()
    wire.session.hear(FRAME)
    wire.last().ready()
    wire.session.hear(FRAME)
    expect(wire.last().messages).toEqual([{ type: 'session.start', ...START }])
    expect(wire.last().numbers).toEqual([1, 2])
    expect(wire.states.map(([state]) => state)).toEqual(['connecting', 'online'])
  })

  test('sends after a lost line what the server does not have, and asks for what it missed', async () => {
    const wire = wired()
    wire.last().ready()
    Array.from({ length: 5 }).forEach(() => {
      wire.session.hear(FRAME)
    })
    wire.last().tell(2, { type: 'audio.ack', seq: 2 })
    wire.last().tell(3, { type: 'session.state', state: 'hearing' })
    wire.last().onclose?.({ code: 1006, reason: '' })
    wire.session.hear(FRAME) // said while nobody hears
    wire.session.send({ type: 'mute', muted: true })
    await vi.advanceTimersByTimeAsync(300)
    const again = wire.last()
    again.onopen?.()
    expect(again.messages).toEqual([{ type: 'session.resume', session_id: 's', after: 3 }])
    again.tell(4, { type: 'transcript.delta', text: 'what was missed' })
    again.ready({ resumed: true, received: 3 })
    expect(again.numbers).toEqual([4, 5, 6])
    expect(again.messages.at(-1)).toEqual({ type: 'mute', muted: true })
    expect(wire.events.filter(({ type }) => type === 'transcript.delta')).toHaveLength(1)
  })

  test('takes what is told twice once, sound as well', async () => {
    const wire = wired()
    wire.last().ready()
    wire.last().say(2, 1, 0)
    wire.last().say(3, 1, 960)
    const again = await broken(wire)
    again.onopen?.()
    again.say(3, 1, 960)
    again.say(4, 1, 1920)
    expect(wire.offsets).toEqual([0, 960, 1920])
  })

  test('begins anew where the server knows it no more, in the same conversation', async () => {
    let conversation: string | null = null
    const wire = wired(() => ({ ...START, conversation_id: conversation }))
    wire.last().ready()
    wire.last().tell(9, { type: 'session.state', state: 'listening' })
    wire.session.hear(FRAME)
    conversation = 'c1'
    const refused = await broken(wire)
    refused.onopen?.()
    wire.session.hear(FRAME)
    refused.tell(1, { type: 'error', code: 'NOT_FOUND', message: 'There is no such session.', fatal: true })
    refused.onclose?.({ code: 1008, reason: 'There is no such session.' })
    await vi.advanceTimersByTimeAsync(600)
    const next = wire.last()
    next.ready({ session_id: 's2' })
    expect(next.messages).toEqual([{ type: 'session.start', ...START, conversation_id: 'c1' }])
    expect(next.numbers).toEqual([1]) // what was not sent into the old one
    next.tell(2, { type: 'session.state', state: 'hearing' })
    expect(wire.events.at(-1)).toMatchObject({ state: 'hearing' })
  })

  test('holds sound back while the browser has much to send, and sends it later in its order', () => {
    const wire = wired()
    wire.last().ready()
    wire.last().bufferedAmount = 100_000
    wire.session.hear(FRAME)
    wire.session.hear(FRAME)
    expect(wire.last().numbers).toEqual([])
    wire.last().bufferedAmount = 0
    wire.session.hear(FRAME)
    expect(wire.last().numbers).toEqual([1, 2, 3])
  })

  test('keeps ten seconds of sound and no more', () => {
    const wire = wired()
    Array.from({ length: 700 }).forEach(() => {
      wire.session.hear(FRAME)
    })
    wire.last().ready()
    expect(wire.last().numbers).toHaveLength(500)
  })

  test('takes a line that answers no ping for dead', async () => {
    const wire = wired()
    wire.last().ready()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(wire.last().messages.at(-1)).toEqual({ type: 'ping', id: 1 })
    wire.last().tell(2, { type: 'pong', id: 1 })
    await vi.advanceTimersByTimeAsync(10_000)
    expect(wire.sockets).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(10_300)
    expect(wire.sockets).toHaveLength(2)
    expect(wire.states.at(-1)).toEqual(['reconnecting', null])
  })

  test.each([
    [1008, 'You may not.'],
    [1013, 'Too many people are talking at once. Try again in a moment.'],
    [4409, 'The conversation goes on in another window.'],
    [4429, 'You may not.'],
  ])('ends when the server closes with %i, and says why', async (code, reason) => {
    const wire = wired()
    wire.last().ready()
    wire.last().onclose?.({ code, reason: code === 1013 || code === 4409 ? '' : 'You may not.' })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(wire.states.at(-1)).toEqual(['closed', reason])
    expect(wire.sockets).toHaveLength(1)
  })

  test('gives up in the end, and says so', async () => {
    const wire = wired()
    wire.last().ready()
    for (let tried = 0; tried < 10 && wire.states.at(-1)?.[0] !== 'closed'; tried++) {
      wire.last().onclose?.({ code: 1006, reason: '' })
      await vi.advanceTimersByTimeAsync(8000)
    }
    expect(wire.states.at(-1)).toEqual(['closed', 'VoiceAssist does not answer.'])
  })

  test('says where no WebSocket passes', async () => {
    const wire = wired()
    await broken(wire)
    await broken(wire)
    expect(wire.hopeless()).toBe(1)
    expect(wire.sockets).toHaveLength(2)
  })

  test('says goodbye when it is closed, once, and hears nothing more', () => {
    const wire = wired()
    wire.last().ready()
    wire.session.close()
    wire.session.hear(FRAME)
    expect(wire.last().closed).toBe(1000)
    expect(wire.states.filter(([state]) => state === 'closed')).toEqual([['closed', null]])
    expect(wire.last().numbers).toEqual([])
  })
})
