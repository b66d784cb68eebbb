import { describe, expect, test } from 'vitest'

import { Endpoint } from '../../voice/endpoint'
import { decodeSpeech, encodeHeard, FRAME_SAMPLES, Framer, loudness, wavOf } from '../../voice/frames'
import { Resampler } from '../../voice/resampler'

const HEARD = 16_000

function sine(hertz: number, rate: number, seconds = 1): Float32Array {
  return Float32Array.from({ length: rate * seconds }, (_, at) => Math.sin((2 * Math.PI * hertz * at) / rate))
}

/** Resampled in pieces as the audio thread gives them (128 samples), without the filter's rise and fall. */
function resampled(samples: Float32Array, from: number): Float32Array {
  const resampler = new Resampler(from, HEARD)
  const out: number[] = []
  for (let at = 0; at < samples.length; at += 128) {
    out.push(...resampler.push(samples.subarray(at, at + 128)))
  }
  return Float32Array.from(out).subarray(500, -500)
}

const decibels = (samples: Float32Array): number =>
  10 * Math.log10((2 * samples.reduce((sum, one) => sum + one * one, 0)) / samples.length)

describe.each([44_100, 48_000, 96_000])('sound at %i Hz', (rate) => {
  test.each([100, 1000, 3000, 7000])('keeps a tone of %i Hz as loud as it was, at its pitch', (hertz) => {
    const out = resampled(sine(hertz, rate), rate)
    expect(Math.abs(decibels(out))).toBeLessThan(0.1)
    const crossings = out.filter((one, at) => at > 0 && one >= 0 && (out[at - 1] as number) < 0).length
    expect(crossings / (out.length / HEARD)).toBeCloseTo(hertz, -1)
  })

  test.each([8100, 9000, 12_000, 15_900, 20_000])('lets nothing of a tone of %i Hz come back as another', (hertz) => {
    expect(decibels(resampled(sine(hertz, rate), rate))).toBeLessThan(-55)
  })

  test('comes out as long as it went in', () => {
    expect(resampled(sine(440, rate, 2), rate).length / HEARD).toBeCloseTo(2 - 1000 / HEARD, 1)
  })
})

test('sound from a headset at 8 kHz gets no mirror above what it had', () => {
  const out = resampled(sine(1000, 8000), 8000)
  expect(Math.abs(decibels(out))).toBeLessThan(0.1)
})

test('sound at the right rate already passes as it is', () => {
  const samples = sine(440, HEARD, 0.01)
  expect(new Resampler(HEARD, HEARD).push(samples)).toEqual(samples)
})

describe('frames', () => {
  test('are cut at 20 ms across pieces of any length, and cut off what is too loud', () => {
    const framer = new Framer()
    const frames = [...framer.push(new Float32Array(500).fill(2)), ...framer.push(new Float32Array(200).fill(-2))]
    expect(frames.map((frame) => frame.length)).toEqual([FRAME_SAMPLES, FRAME_SAMPLES])
    expect([frames[0]?.[0], frames[1]?.[179], frames[1]?.[180]]).toEqual([32_767, 32_767, -32_767])
  })

  test('to the server are a number and samples, little-endian', () => {
    const bytes = [...new Uint8Array(encodeHeard(258, Int16Array.of(1, -2)))]
    expect(bytes).toEqual([2, 1, 0, 0, 1, 0, 254, 255])
  })

  test('from the server have three numbers before their samples, and half a frame is none', () => {
    const view = new DataView(new ArrayBuffer(16))
    ;[7, 2, 480].forEach((value, index) => {
      view.setUint32(4 * index, value, true)
    })
    view.setInt16(12, -16_384, true)
    expect(decodeSpeech(view.buffer)).toEqual({ n: 7, speech: 2, offset: 480, samples: Float32Array.of(-0.5, 0) })
    expect(decodeSpeech(new ArrayBuffer(11))).toBeNull()
  })

  test('make a WAV file that says how long it is', async () => {
    const file = wavOf([Int16Array.of(1, 2), Int16Array.of(3)])
    const view = new DataView(await file.arrayBuffer())
    const text = (at: number): string => String.fromCharCode(...new Uint8Array(view.buffer, at, 4))
    expect([text(0), text(8), text(36)]).toEqual(['RIFF', 'WAVE', 'data'])
    expect([view.getUint32(4, true), view.getUint32(24, true), view.getUint32(40, true)]).toEqual([42, 16_000, 6])
    expect(view.getInt16(48, true)).toBe(3)
  })

  test('have a loudness from silence to full scale', () => {
    expect(loudness(new Int16Array(320))).toBe(0)
    expect(loudness(new Int16Array(320).fill(32_767))).toBe(1)
    expect(loudness(new Int16Array(320).fill(33))).toBeCloseTo(0, 1)
    expect(loudness(new Int16Array(320).fill(1036))).toBeCloseTo(0.5, 1)
  })
})

describe('an utterance by loudness', () => {
  const ROOM = new Int16Array(320).fill(60)
  const VOICE = new Int16Array(320).fill(4000)
  const CLICK = 3

  function fed(endpoint: Endpoint, parts: [Int16Array, number][]): (Int16Array[] | null)[] {
    return parts.flatMap(([frame, times]) => Array.from({ length: times }, () => endpoint.push(frame, 3000)))
  }

  test('ends after a pause, with what was before its beginning, and not at a breath', () => {
    const endpoint = new Endpoint()
    const ends = fed(endpoint, [
      [ROOM, 100],
      [VOICE, 50],
      [ROOM, 20],
      [VOICE, 50],
      [ROOM, 60],
    ]).filter((whole) => whole !== null)
    expect(ends).toHaveLength(1)
    expect(ends[0]?.filter((frame) => frame === VOICE)).toHaveLength(100)
    expect(ends[0]?.[0]).toBe(ROOM)
    expect(ends[0]?.length).toBeLessThan(190)
  })

  test('is not begun by a click or by a room that is loud all the time', () => {
    const endpoint = new Endpoint()
    fed(endpoint, [
      [ROOM, 100],
      [VOICE, CLICK],
      [ROOM, 100],
    ])
    expect(endpoint.hearing).toBe(false)
    const loud = new Endpoint()
    fed(loud, [[new Int16Array(320).fill(2000), 300]])
    expect(loud.hearing).toBe(false)
  })

  test('ends when it is as long as it may be', () => {
    const endpoint = new Endpoint()
    fed(endpoint, [[ROOM, 10]])
    const ended = Array.from({ length: 60 }, () => endpoint.push(VOICE, 50)).findIndex((whole) => whole !== null)
    expect(ended).toBeGreaterThan(20)
  })
})
