import { describe, expect, test } from 'vitest'

import { ApiError, type PolledEvents } from '../api'
import type { TurnEvent } from '../events'
import { followTurn, pause, type Patience, type TurnSource } from '../turn-stream'

const PATIENCE: Patience = { firstEvent: 60, silence: 60, retries: [1, 1, 1], emptyPoll: 1 }

function delta(seq: number): TurnEvent {
  return { type: 'answer.delta', turn_id: 't', seq, text: `${seq} ` }
}

const CANCELLED: TurnEvent = { type: 'turn.cancelled', turn_id: 't', seq: 4, text: '' }
const TURN = [delta(1), delta(2), delta(3), CANCELLED]

const wire = (event: unknown): Uint8Array => new TextEncoder().encode(`data: ${JSON.stringify(event)}\n\n`)

/** What one connection does: sends these events, then ends, breaks or stays silent. */
interface Line {
  events: unknown[]
  then: 'end' | 'break' | 'silence'
}

/** A server whose n-th stream behaves as the n-th line; polling always works. `asked` is what was asked of it. */
class ScriptedSource implements TurnSource {
  readonly asked: string[] = []

  constructor(
    private readonly lines: Line[],
    private readonly polls: (after: number) => PolledEvents = (after) => ({
      events: TURN.filter((event) => event.seq > after),
      done: true,
    }),
    private readonly streaming = true,
  ) {}

  canStream(): Promise<boolean> {
    return Promise.resolve(this.streaming)
  }

  openEvents(_turnId: string, after: number | null, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    this.asked.push(`stream after ${after}`)
    const line = this.lines.shift()
    if (!line) {
      return Promise.reject(new ApiError('UNREACHABLE', 'no line'))
    }
    return Promise.resolve(
      new ReadableStream({
        start(controller) {
          line.events.forEach((event) => {
            controller.enqueue(wire(event))
          })
          signal.addEventListener('abort', () => {
            controller.error(signal.reason)
          })
          if (line.then === 'end') {
            controller.close()
          }
        },
        pull(controller) {
          if (line.then === 'break') {
            controller.error(new TypeError('network error'))
          }
          return new Promise(() => undefined)
        },
      }),
    )
  }

  pollEvents(_turnId: string, after: number | null): Promise<PolledEvents> {
    this.asked.push(`poll after ${after}`)
    return Promise.resolve(after ?? 0).then(this.polls)
  }
}

async function collect(source: TurnSource, signal = new AbortController().signal): Promise<TurnEvent[]> {
  const events: TurnEvent[] = []
  for await (const event of followTurn(source, 't', signal, PATIENCE)) {
    events.push(event)
  }
  return events
}

describe('following a turn', () => {
  test('gives the events of one good stream and asks nothing more', async () => {
    const source = new ScriptedSource([{ events: TURN, then: 'silence' }])
    expect(await collect(source)).toEqual(TURN)
    expect(source.asked).toEqual(['stream after null'])
  })

  test('resumes after the last event when the line breaks, and repeats none', async () => {
    const source = new ScriptedSource([
      { events: TURN.slice(0, 2), then: 'break' },
      { events: TURN.slice(1), then: 'end' },
    ])
    expect(await collect(source)).toEqual(TURN)
    expect(source.asked).toEqual(['stream after null', 'stream after 2'])
  })

  test('resumes when the stream ends before the turn does', async () => {
    const source = new ScriptedSource([
      { events: TURN.slice(0, 3), then: 'end' },
      { events: TURN.slice(3), then: 'end' },
    ])
    expect(await collect(source)).toEqual(TURN)
  })

  test('polls when a proxy holds the stream back', async () => {
    const source = new ScriptedSource([{ events: [], then: 'silence' }])
    expect(await collect(source)).toEqual(TURN)
    expect(source.asked).toEqual(['stream after null', 'poll after null'])
  })

  test('polls after two streams in a row failed, from where it was', async () => {
    const source = new ScriptedSource([{ events: TURN.slice(0, 1), then: 'silence' }])
    expect(await collect(source)).toEqual(TURN)
    expect(source.asked).toEqual(['stream after null', 'stream after 1', 'poll after 1'])
  })

  test('never opens a stream where none is possible, and shows text as it comes', async () => {
    let told = 0
    const polls = (after: number): PolledEvents => {
      told = Math.min(told + 1, TURN.length)
      return { events: TURN.slice(after, told), done: told === TURN.length }
    }
    const source = new ScriptedSource([], polls, false)
    expect(await collect(source)).toEqual(TURN)
    expect(source.asked).toEqual(['poll after null', 'poll after 1', 'poll after 2', 'poll after 3'])
  })

  test('passes over what is no event and keeps kinds that it does not know', async () => {
    const unknown = { type: 'audio.delta', turn_id: 't', seq: 1 }
    const source = new ScriptedSource([{ events: ['noise', { seq: 1 }, unknown, CANCELLED], then: 'end' }])
    expect(await collect(source)).toEqual([unknown, CANCELLED])
  })

  test('gives up with the error when the line stays lost', async () => {
    const polls = (): PolledEvents => {
      throw new ApiError('UNREACHABLE', 'nobody there')
    }
    const source = new ScriptedSource([], polls, false)
    await expect(collect(source)).rejects.toThrow('nobody there')
    expect(source.asked).toHaveLength(PATIENCE.retries.length + 1)
  })

  test('does not try again what cannot get better', async () => {
    const polls = (): PolledEvents => {
      throw new ApiError('NOT_FOUND', 'no such turn')
    }
    const source = new ScriptedSource([], polls, false)
    await expect(collect(source)).rejects.toThrow('no such turn')
    expect(source.asked).toHaveLength(1)
  })

  test('stops at once when nobody follows any more', async () => {
    const source = new ScriptedSource([{ events: TURN.slice(0, 1), then: 'silence' }])
    const leaving = new AbortController()
    const seen: TurnEvent[] = []
    const following = (async () => {
      for await (const event of followTurn(source, 't', leaving.signal, { ...PATIENCE, silence: 10_000 })) {
        seen.push(event)
      }
    })()
    await pause(5, new AbortController().signal)
    leaving.abort()
    await expect(following).rejects.toThrow()
    expect(seen).toEqual([delta(1)])
  })
})
