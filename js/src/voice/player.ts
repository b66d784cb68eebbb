/** Plays what the server says, and knows how much of it was heard. */

import { SPOKEN_RATE } from './frames'
import type { Played } from './protocol'

/** So much sound (s) is gathered before it begins, so that a late frame is no gap. */
const GATHERED = 0.1

/** Sound is put this far (s) ahead of the clock, which moves while it is being put there. */
const AHEAD = 0.02

/** How often (ms) it is told how much was played. */
const TELL_EVERY = 200

interface Piece {
  speech: number
  offset: number
  samples: Float32Array<ArrayBuffer>
}

/** A piece that sounds from `at` (s of the context's clock) on. */
interface Placed {
  speech: number
  offset: number
  length: number
  at: number
  source: AudioBufferSourceNode
}

export class Player {
  private readonly context: AudioContext
  private gathered: Piece[] = []
  private placed: Placed[] = []
  private flowing = false
  /** Where (s of the context's clock) the sound that is placed ends. */
  private end = 0
  /** The samples of each speech that is complete. */
  private readonly complete = new Map<number, number>()
  /** Speeches up to this one are over: what still comes of them is not played. */
  private over = 0
  private paused = false
  private telling: ReturnType<typeof setInterval> | undefined

  /** `onPlayed` is told while sound plays, and when a speech is over. */
  constructor(
    private readonly onPlayed: (played: Played) => void,
    makeContext: () => AudioContext = () => new AudioContext({ sampleRate: SPOKEN_RATE, latencyHint: 'interactive' }),
  ) {
    this.context = makeContext()
  }

  /** Let sound out: browsers want this to come from a click or a key. */
  async unlock(): Promise<void> {
    await this.context.resume()
  }

  add(piece: Piece): void {
    if (piece.speech <= this.over || piece.samples.length === 0) {
      return
    }
    this.gathered.push(piece)
    this.flow()
  }

  /** All of the speech, so many samples, has come. */
  finish(speech: number, samples: number): void {
    if (speech > this.over) {
      this.complete.set(speech, samples)
      this.flow()
      this.tell()
    }
  }

  /** Hold the sound and keep it. */
  pause(): void {
    this.paused = true
    void this.context.suspend()
  }

  resume(): void {
    this.paused = false
    void this.context.resume()
  }

  /** Silence at once, and nothing more of `speech`, or of what is playing. */
  stop(speech = this.latest()): void {
    if (speech <= this.over) {
      return
    }
    const heard = this.heard()
    for (const { source } of this.placed) {
      source.stop()
      source.disconnect()
    }
    this.placed = []
    this.gathered = []
    this.flowing = false
    this.end = 0
    this.over = speech
    this.complete.clear()
    this.rest()
    this.onPlayed({ speech, samples: heard?.speech === speech ? heard.samples : 0, ended: true })
    if (this.paused) {
      this.resume()
    }
  }

  /** Silence, and count speeches from 1 again: another session begins. */
  reset(): void {
    this.stop()
    this.over = 0
  }

  close(): void {
    this.stop()
    void this.context.close()
  }

  /** How much of the speech that sounds now, or sounded last, was heard. */
  heard(): Omit<Played, 'ended'> | null {
    // `outputLatency` (s) is how late the loudspeaker is; not every browser knows.
    const latency = Number.isFinite(this.context.outputLatency) ? this.context.outputLatency : 0
    const now = this.context.currentTime - latency
    const last = this.placed.findLast(({ at }) => at <= now)
    if (last === undefined) {
      return null
    }
    const samples = Math.min(last.length, Math.floor((now - last.at) * SPOKEN_RATE))
    return { speech: last.speech, samples: last.offset + samples }
  }

  private latest(): number {
    return Math.max(this.gathered.at(-1)?.speech ?? 0, this.placed.at(-1)?.speech ?? 0)
  }

  private flow(): void {
    if (this.flowing && this.end < this.context.currentTime) {
      this.flowing = false // it ran dry: gather again
    }
    const seconds = this.gathered.reduce((sum, { samples }) => sum + samples.length, 0) / SPOKEN_RATE
    const last = this.gathered.at(-1)
    const isWhole = last !== undefined && this.complete.has(last.speech)
    if (this.flowing || seconds >= GATHERED || isWhole) {
      this.gathered.splice(0).forEach((piece) => {
        this.place(piece)
      })
    }
  }

  private place({ speech, offset, samples }: Piece): void {
    const at = Math.max(this.end, this.context.currentTime + AHEAD)
    const buffer = this.context.createBuffer(1, samples.length, SPOKEN_RATE)
    buffer.copyToChannel(samples, 0)
    const source = this.context.createBufferSource()
    source.buffer = buffer
    source.connect(this.context.destination)
    source.start(at)
    this.end = at + samples.length / SPOKEN_RATE
    this.flowing = true
    // Of what was played only the last piece says something.
    const past = this.placed.findLastIndex((piece) => piece.at <= this.context.currentTime)
    this.placed.splice(0, Math.max(0, past - 1))
    this.placed.push({ speech, offset, length: samples.length, at, source })
    this.telling ??= setInterval(() => {
      this.tell()
    }, TELL_EVERY)
  }

  private tell(): void {
    const heard = this.heard()
    if (heard === null || this.paused) {
      return
    }
    for (const [speech, samples] of this.complete) {
      if (speech < heard.speech || (speech === heard.speech && heard.samples >= samples)) {
        this.complete.delete(speech)
        this.over = Math.max(this.over, speech)
        this.onPlayed({ speech, samples, ended: true })
      }
    }
    if (heard.speech > this.over) {
      this.onPlayed({ ...heard, ended: false })
    } else if (this.latest() <= this.over) {
      this.placed = []
      this.rest()
    }
  }

  private rest(): void {
    clearInterval(this.telling)
    this.telling = undefined
  }
}
