/** The binary frames of a spoken session, and the sound in them: docs/voice-protocol.md. */

/** Samples per second that the server hears, and that it speaks. */
export const HEARD_RATE = 16_000
export const SPOKEN_RATE = 24_000

/** 20 ms of what is heard. */
export const FRAME_SAMPLES = 320
export const FRAMES_PER_SECOND = HEARD_RATE / FRAME_SAMPLES

const HIGHEST = 32_767
const SEQUENCE_BYTES = 4
const SPEECH_HEADER_BYTES = 12

/** Cuts sound, -1 to 1, into frames of 16-bit samples. What is louder than can be said is cut off. */
export class Framer {
  private frame = new Int16Array(FRAME_SAMPLES)
  private filled = 0

  push(samples: Float32Array): Int16Array[] {
    const whole: Int16Array[] = []
    for (const sample of samples) {
      this.frame[this.filled++] = Math.round(Math.max(-1, Math.min(1, sample)) * HIGHEST)
      if (this.filled === FRAME_SAMPLES) {
        whole.push(this.frame)
        this.frame = new Int16Array(FRAME_SAMPLES)
        this.filled = 0
      }
    }
    return whole
  }
}

/** A frame to the server: its sequence number and its samples. */
export function encodeHeard(seq: number, samples: Int16Array): ArrayBuffer {
  const buffer = new ArrayBuffer(SEQUENCE_BYTES + 2 * samples.length)
  const view = new DataView(buffer)
  view.setUint32(0, seq, true)
  samples.forEach((sample, index) => {
    view.setInt16(SEQUENCE_BYTES + 2 * index, sample, true)
  })
  return buffer
}

/** Sound from the server: the samples, -1 to 1, of the speech `speech` from its sample `offset` on. */
export interface SpeechFrame {
  n: number
  speech: number
  offset: number
  samples: Float32Array<ArrayBuffer>
}

/** 16-bit little-endian samples as numbers from -1 to 1; half a sample at the end is left out. */
export function decodeSamples(view: DataView): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(view.byteLength >> 1)
  for (let index = 0; index < samples.length; index++) {
    samples[index] = view.getInt16(2 * index, true) / (HIGHEST + 1)
  }
  return samples
}

/** Null for what is too short to be a frame. */
export function decodeSpeech(buffer: ArrayBuffer): SpeechFrame | null {
  if (buffer.byteLength < SPEECH_HEADER_BYTES) {
    return null
  }
  const view = new DataView(buffer)
  const samples = decodeSamples(new DataView(buffer, SPEECH_HEADER_BYTES))
  return { n: view.getUint32(0, true), speech: view.getUint32(4, true), offset: view.getUint32(8, true), samples }
}

/** The loudness of a frame, 0 to 1, on a scale on which a quiet voice already shows: -60 dB is 0, full scale 1. */
export function loudness(frame: Int16Array): number {
  const power = frame.reduce((sum, sample) => sum + (sample / HIGHEST) ** 2, 0) / frame.length
  return power === 0 ? 0 : Math.max(0, 1 + (10 * Math.log10(power)) / 60)
}

/** Frames as a file: RIFF WAVE, one channel of 16-bit samples. */
export function wavOf(frames: readonly Int16Array[], rate = HEARD_RATE): Blob {
  const bytes = frames.reduce((sum, frame) => sum + 2 * frame.length, 0)
  const view = new DataView(new ArrayBuffer(44 + bytes))
  const word = (at: number, text: string): void => {
    for (let index = 0; index < text.length; index++) {
      view.setUint8(at + index, text.charCodeAt(index))
    }
  }
  word(0, 'RIFF')
  view.setUint32(4, 36 + bytes, true)
  word(8, 'WAVEfmt ')
  view.setUint32(16, 16, true) // what follows is 16 bytes of format
  view.setUint16(20, 1, true) // plain samples
  view.setUint16(22, 1, true) // one channel
  view.setUint32(24, rate, true)
  view.setUint32(28, 2 * rate, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  word(36, 'data')
  view.setUint32(40, bytes, true)
  let at = 44
  for (const frame of frames) {
    for (const sample of frame) {
      view.setInt16(at, sample, true)
      at += 2
    }
  }
  return new Blob([view.buffer], { type: 'audio/wav' })
}
