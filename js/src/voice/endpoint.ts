/** Where an utterance begins and ends, by loudness alone: enough where one speaks, waits, and is answered. */

import { loudness } from './frames'

/** Speech is this much louder (of the scale of `loudness`: 9 dB) than the room. */
const ABOVE_ROOM = 0.15

/** Frames (20 ms) of speech that begin an utterance: a click of the mouse is shorter. */
const BEGINS_AFTER = 6

/** Frames of quiet that end it: 900 ms, a breath within a sentence is shorter. */
const ENDS_AFTER = 45

/** Frames kept from before the beginning, where the first sound is still quiet. */
const LEAD = 15

/** How fast the room's loudness is learnt: down at once, up slowly. */
const LEARNS = 0.02

export class Endpoint {
  private room = 1
  private loud = 0
  private quiet = 0
  private speaking = false
  private frames: Int16Array[] = []

  get hearing(): boolean {
    return this.speaking
  }

  /** Take a frame; gives the whole utterance when this frame ends it. `most`: frames after which it ends anyway. */
  push(frame: Int16Array, most: number): Int16Array[] | null {
    const level = loudness(frame)
    const isLoud = level > this.room + ABOVE_ROOM
    if (!isLoud) {
      this.room = level < this.room ? level : this.room + LEARNS * (level - this.room)
    }
    this.loud = isLoud ? this.loud + 1 : 0
    this.quiet = isLoud ? 0 : this.quiet + 1
    this.frames.push(frame)
    if (!this.speaking) {
      this.speaking = this.loud >= BEGINS_AFTER
      if (!this.speaking && this.frames.length > LEAD + BEGINS_AFTER) {
        this.frames.shift()
      }
      return null
    }
    return this.quiet >= ENDS_AFTER || this.frames.length >= most ? this.take() : null
  }

  /** All that was said so far; the next utterance begins. */
  take(): Int16Array[] {
    const frames = this.frames
    this.frames = []
    this.loud = this.quiet = 0
    this.speaking = false
    return frames
  }
}
