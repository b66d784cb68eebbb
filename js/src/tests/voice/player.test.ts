import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { Captions } from '../../voice/captions'
import { Player } from '../../voice/player'
import type { Played } from '../../voice/protocol'

const RATE = 24_000
const LATENCY = 0.01

/** The clock and the sources of an AudioContext. It leaves unproved that anything sounds: tests/browser has that. */
class FakeContext {
  currentTime = 1
  outputLatency = LATENCY
  state = 'running'
  destination = {}
  started: { at: number; seconds: number; stopped: boolean }[] = []

  createBuffer(_channels: number, length: number): object {
    return { length, copyToChannel: () => undefined }
  }

  createBufferSource(): object {
    const source = { at: 0, seconds: 0, stopped: false, buffer: { length: 0 } }
    return {
      set buffer(buffer: { length: number }) {
        source.seconds = buffer.length / RATE
      },
      connect: () => undefined,
      disconnect: () => undefined,
      start: (at: number) => {
        source.at = at
        this.started.push(source)
      },
      stop: () => {
        source.stopped = true
      },
    }
  }

  suspend(): Promise<void> {
    this.state = 'suspended'
    return Promise.resolve()
  }

  resume(): Promise<void> {
    this.state = 'running'
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

let context: FakeContext
let told: Played[]
let player: Player

function pass(seconds: number): void {
  for (let left = seconds; left > 1e-6; left -= 0.05) {
    context.currentTime += context.state === 'running' ? 0.05 : 0
    vi.advanceTimersByTime(50)
  }
}

function add(speech: number, from: number, seconds: number): void {
  player.add({ speech, offset: from * RATE, samples: new Float32Array(seconds * RATE) })
}

beforeEach(() => {
  vi.useFakeTimers()
  context = new FakeContext()
  told = []
  player = new Player(
    (played) => told.push(played),
    () => context as unknown as AudioContext,
  )
})
afterEach(() => {
  player.close()
  vi.useRealTimers()
})

describe('the player', () => {
  test('gathers a little, then plays one piece right behind the other', () => {
    add(1, 0, 0.04)
    add(1, 0.04, 0.04)
    expect(context.started).toHaveLength(0)
    add(1, 0.08, 0.04)
    add(1, 0.12, 0.04)
    expect(context.started).toHaveLength(4)
    context.started.slice(1).forEach(({ at }, index) => {
      const before = context.started[index]
      expect(at).toBeCloseTo((before?.at ?? 0) + (before?.seconds ?? 0))
    })
  })

  test('gathers again after it ran dry, and plays a short speech that is whole at once', () => {
    add(1, 0, 0.2)
    pass(0.5)
    add(1, 0.2, 0.04)
    expect(context.started).toHaveLength(1)
    player.finish(1, 0.24 * RATE)
    expect(context.started).toHaveLength(2)
    expect(context.started[1]?.at).toBeGreaterThan(context.currentTime)
  })

  test('tells five times a second what was heard, by the clock and not by what came', () => {
    add(1, 0, 3)
    pass(1)
    expect(told).toHaveLength(5)
    const heard = (told.at(-1)?.samples ?? 0) / RATE
    expect(heard).toBeGreaterThan(0.9)
    expect(heard).toBeLessThan(1)
    expect(told.every(({ ended }) => !ended)).toBe(true)
  })

  test('tells once that all was heard', () => {
    add(1, 0, 0.5)
    player.finish(1, 0.5 * RATE)
    pass(2)
    expect(told.at(-1)).toEqual({ speech: 1, samples: 0.5 * RATE, ended: true })
    expect(told.filter(({ ended }) => ended)).toHaveLength(1)
  })

  test('holds the sound where it is, and goes on from there', () => {
    add(1, 0, 2)
    pass(0.5)
    player.pause()
    const held = player.heard()
    pass(3)
    expect(player.heard()).toEqual(held)
    player.resume()
    pass(0.5)
    expect(player.heard()?.samples).toBeGreaterThan(held?.samples ?? Infinity)
    expect(context.started.some(({ stopped }) => stopped)).toBe(false)
  })

  test('is silent at once, tells what was heard, and plays nothing more of that speech', () => {
    add(1, 0, 2)
    pass(0.5)
    player.pause() // as a session does before it stops
    player.stop(1)
    expect(context.started.every(({ stopped }) => stopped)).toBe(true)
    expect(told.at(-1)).toMatchObject({ speech: 1, ended: true })
    expect((told.at(-1)?.samples ?? 0) / RATE).toBeCloseTo(0.5 - 0.02 - LATENCY, 1)
    add(1, 2, 1)
    expect(context.started).toHaveLength(1)
    add(2, 0, 1)
    expect(context.started).toHaveLength(2)
    expect(context.state).toBe('running')
  })

  test('goes from one speech to the next', () => {
    add(1, 0, 0.5)
    player.finish(1, 0.5 * RATE)
    add(2, 0, 1)
    pass(1)
    expect(told.map(({ speech, ended }) => [speech, ended])).toContainEqual([1, true])
    expect(told.at(-1)).toMatchObject({ speech: 2, ended: false })
    expect(told.filter(({ speech, ended }) => speech === 1 && ended)).toHaveLength(1)
  })
})

describe('captions', () => {
  test('follow the sound clause by clause', () => {
    const captions = new Captions()
    captions.started(1, 'From your protocol:')
    expect(captions.at(1, 0)).toEqual({ said: '', saying: 'From your protocol:', coming: '' })
    captions.mark(1, 1000, 'the INR is checked')
    captions.mark(1, 2000, 'within a week.')
    expect(captions.at(1, 500)).toMatchObject({ saying: 'From your protocol:', coming: 'the INR is checked within a week.' })
    expect(captions.at(1, 1000)).toEqual({
      said: 'From your protocol:',
      saying: 'the INR is checked',
      coming: 'within a week.',
    })
  })

  test('of the next speech wait until it sounds, and of nothing is nothing', () => {
    const captions = new Captions()
    captions.started(1, 'One.')
    captions.started(2, 'Two.')
    expect(captions.at(1, 10).saying).toBe('One.')
    expect(captions.at(2, 0).saying).toBe('Two.')
    expect(captions.at(1, 10).saying).toBe('')
    expect(captions.at(3, 10)).toEqual({ said: '', saying: '', coming: '' })
  })
})
