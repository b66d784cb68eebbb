import { describe, expect, test } from 'vitest'

import type { Api } from '../../api'
import { ApiError } from '../../api'
import type { TurnEvent } from '../../events'
import { HalfDuplex } from '../../voice/half-duplex'
import type { Line, LineListener, Mode, VoiceEvent, VoiceInfo } from '../../voice/protocol'
import { ANSWERED, fakeApi, settle } from '../fakes'

const ENGINE = { name: 'e', data_goes_to: 'this machine', grade: 'command', languages: ['en'], streaming: true } as const
const INFO: VoiceInfo = {
  hears: { ...ENGINE, languages: [] },
  speaks: { ...ENGINE, languages: [] },
  enabled: true,
  max_seconds: 60,
}
const ROOM = new Int16Array(320).fill(60)
const VOICE = new Int16Array(320).fill(4000)
const STARTED: TurnEvent = { type: 'turn.started', turn_id: 't1', seq: 1, conversation_id: 'c1' }

interface Talk {
  line: Line
  events: VoiceEvent[]
  sound: number[]
  closed: (string | null)[]
  types: () => string[]
  states: () => string[]
}

async function talking(mode: Mode, answers: Partial<Api>): Promise<Talk> {
  const events: VoiceEvent[] = []
  const sound: number[] = []
  const closed: (string | null)[] = []
  const listener: LineListener = {
    onEvent: (event) => events.push(event),
    onSpeech: ({ offset }) => sound.push(offset),
    onState: (state, reason) => {
      if (state === 'closed') {
        closed.push(reason)
      }
    },
  }
  const start = { mode, conversation_id: null, scope: null, zone: 'Europe/Berlin', language: 'en', voice: null, speed: null }
  const api = fakeApi({
    voice: () => Promise.resolve(INFO),
    canStream: () => Promise.resolve(false),
    pollEvents: () => Promise.resolve({ events: [STARTED, ANSWERED], done: true }),
    cancelTurn: () => Promise.resolve(),
    utter: () => Promise.resolve({ text: 'how soon', turn_id: 't1' }),
    speech: (_, part) => Promise.resolve(part < 2 ? { text: `part ${part}`, samples: new Float32Array(100) } : null),
    ...answers,
  })
  const line = new HalfDuplex(api, () => start, listener)
  line.open()
  await settle()
  const states = (): string[] => events.flatMap((event) => (event.type === 'session.state' ? [event.state] : []))
  return { line, events, sound, closed, types: () => events.map(({ type }) => type), states }
}

function speak(line: Line): void {
  for (const [frame, times] of [[ROOM, 20], [VOICE, 40], [ROOM, 50]] as const) {
    for (let at = 0; at < times; at++) {
      line.hear(frame)
    }
  }
}

describe('talking by requests', () => {
  test('sends what was said after a pause, follows its turn, and plays its speech in order', async () => {
    const said: number[] = []
    const talk = await talking('hands_free', {
      utter: (recording) => {
        said.push(recording.size)
        return Promise.resolve({ text: 'how soon', turn_id: 't1' })
      },
    })
    speak(talk.line)
    await settle()
    expect(said).toHaveLength(1)
    expect(talk.types().filter((type) => type !== 'session.state')).toEqual([
      ...['engine', 'transcript.done', 'turn.started', 'turn.done'],
      ...['audio.started', 'audio.mark', 'audio.ended'],
    ])
    expect(talk.sound).toEqual([0, 100])
    expect(talk.states()).toEqual(['listening', 'hearing', 'thinking', 'speaking'])
    speak(talk.line) // while it speaks it does not hear
    expect(said).toHaveLength(1)
    talk.line.send({ type: 'playback', speech: 1, samples: 200, ended: true })
    await settle()
    expect(talk.states().at(-1)).toBe('listening')
  })

  test('hears by push-to-talk what was said while it was pressed, without waiting for a pause', async () => {
    const talk = await talking('push_to_talk', {})
    speak(talk.line)
    await settle()
    expect(talk.types()).not.toContain('transcript.done')
    talk.line.send({ type: 'talk.start' })
    talk.line.hear(VOICE)
    talk.line.send({ type: 'talk.end' })
    await settle()
    expect(talk.types()).toContain('transcript.done')
  })

  test('goes back to listening when nothing was understood, and when something failed, which it says', async () => {
    const nothing = await talking('hands_free', { utter: () => Promise.resolve({ text: '', turn_id: null }) })
    speak(nothing.line)
    await settle()
    expect(nothing.states().at(-1)).toBe('listening')
    const failing = await talking('hands_free', {
      utter: () => Promise.reject(new ApiError('UNAVAILABLE', 'The engine is down.')),
    })
    speak(failing.line)
    await settle()
    expect(failing.events).toContainEqual({ type: 'error', code: 'UNAVAILABLE', message: 'The engine is down.', fatal: false })
    expect(failing.states().at(-1)).toBe('listening')
  })

  test('stops when it is interrupted: the turn is cancelled, and what still comes of it is not told', async () => {
    const cancelled: string[] = []
    const talk = await talking('hands_free', {
      pollEvents: (_turn, after, signal) =>
        after === null
          ? Promise.resolve({ events: [STARTED], done: false })
          : new Promise((_, reject) => {
              signal.addEventListener('abort', () => {
                reject(signal.reason as Error)
              })
            }),
      cancelTurn: (id) => {
        cancelled.push(id)
        return Promise.resolve()
      },
    })
    speak(talk.line)
    await settle()
    talk.line.send({ type: 'interrupt' })
    await settle()
    expect(cancelled).toEqual(['t1'])
    expect(talk.states().at(-1)).toBe('listening')
    expect(talk.types()).not.toContain('error')
  })

  test('ends with the reason when nobody says who hears', async () => {
    const talk = await talking('hands_free', { voice: () => Promise.reject(new ApiError('UNAVAILABLE', 'Nobody hears.')) })
    expect(talk.closed).toEqual(['Nobody hears.'])
  })
})
