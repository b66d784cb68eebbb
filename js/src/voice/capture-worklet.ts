/** Runs on the audio thread, as a file of its own: the microphone's sound becomes frames for the server. */

import { Framer, HEARD_RATE } from './frames'
import { Resampler } from './resampler'

/** The part of AudioWorkletGlobalScope that is used here; TypeScript's DOM library leaves it out. */
declare const sampleRate: number
declare function registerProcessor(name: string, processor: unknown): void
declare class AudioWorkletProcessor {
  readonly port: MessagePort
}

class CaptureProcessor extends AudioWorkletProcessor {
  private readonly resampler = new Resampler(sampleRate, HEARD_RATE)
  private readonly framer = new Framer()

  process([input]: Float32Array[][]): boolean {
    const [samples] = input ?? [] // none while the microphone gives nothing
    if (samples) {
      for (const frame of this.framer.push(this.resampler.push(samples))) {
        this.port.postMessage(frame, [frame.buffer])
      }
    }
    return true
  }
}

registerProcessor('voiceassist-capture', CaptureProcessor)
