/** Sound at another sample rate, piece by piece: what the microphone gives becomes what the server hears. */

/** How far (dB) sound above the new rate's reach is pushed down before it would fold back as another tone. */
const STOP_BAND_DB = 60

/** Up to this part of the reach sound passes unchanged: 7.2 kHz of 8, which leaves every speech sound whole. */
const PASS_BAND = 0.9

/** The modified Bessel function of the first kind and order 0, by its power series. */
function bessel0(x: number): number {
  let sum = 1
  let term = 1
  for (let k = 1; term > sum * 1e-9; k++) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b)
}

/**
 * The low-pass as one row of weights for each place that an output sample can have between two input samples: a sinc
 * under a Kaiser window (J. F. Kaiser, 1974), each row with sum 1.
 */
function rowsOf(from: number, to: number, phases: number): Float32Array[] {
  const stop = Math.min(from, to) / 2
  const transition = (2 * Math.PI * stop * (1 - PASS_BAND)) / from
  const half = Math.ceil((STOP_BAND_DB - 8) / (2.285 * transition) / 2)
  const beta = 0.1102 * (STOP_BAND_DB - 8.7)
  const cutoff = (stop * (1 + PASS_BAND)) / 2 / from // cycles per input sample
  return Array.from({ length: phases }, (_, phase) => {
    const row = Float32Array.from({ length: 2 * half }, (_, tap) => {
      const at = tap - (half - 1) - phase / phases
      const angle = 2 * Math.PI * cutoff * at
      const sinc = angle === 0 ? 1 : Math.sin(angle) / angle
      return sinc * bessel0(beta * Math.sqrt(Math.max(0, 1 - (at / half) ** 2)))
    })
    const sum = row.reduce((total, weight) => total + weight, 0)
    return row.map((weight) => weight / sum)
  })
}

export class Resampler {
  private readonly rows: Float32Array[]
  private readonly taps: number
  /** An output sample is this many input samples, and this many parts of one, behind the one before. */
  private readonly stride: number
  private readonly part: number
  private kept: Float32Array
  private phase = 0

  /** Both rates in Hz, whole numbers. */
  constructor(from: number, to: number) {
    const divisor = commonDivisor(from, to)
    const phases = to / divisor
    this.rows = from === to ? [] : rowsOf(from, to, phases)
    this.taps = this.rows[0]?.length ?? 0
    this.stride = Math.floor(from / to)
    this.part = (from / divisor) % phases
    this.kept = new Float32Array(Math.max(0, this.taps - 1))
  }

  /** The samples that follow, -1 to 1, at the new rate; those at the end wait for what comes next. */
  push(samples: Float32Array): Float32Array {
    if (this.rows.length === 0) {
      return samples
    }
    const held = new Float32Array(this.kept.length + samples.length)
    held.set(this.kept)
    held.set(samples, this.kept.length)
    const out: number[] = []
    let at = 0
    while (at + this.taps <= held.length) {
      const row = this.rows[this.phase] as Float32Array
      let sum = 0
      for (let tap = 0; tap < this.taps; tap++) {
        sum += (row[tap] as number) * (held[at + tap] as number)
      }
      out.push(sum)
      this.phase += this.part
      at += this.stride + (this.phase >= this.rows.length ? 1 : 0)
      this.phase %= this.rows.length
    }
    this.kept = held.slice(at)
    return Float32Array.from(out)
  }
}
