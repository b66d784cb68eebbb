/** The words of what is being said, as far as the sound is. */

interface Mark {
  offset: number
  text: string
}

export interface Caption {
  /** What was said, what is being said, and what is still to come. */
  said: string
  saying: string
  coming: string
}

export const NOTHING: Caption = { said: '', saying: '', coming: '' }

export class Captions {
  /** By speech: the next one is announced while this one still sounds. */
  private readonly speeches = new Map<number, Mark[]>()

  /** All the words of a speech that are known when it begins; marks divide them, or add to them. */
  started(speech: number, text: string): void {
    this.speeches.set(speech, text === '' ? [] : [{ offset: 0, text }])
  }

  /** At this sample of the speech these words begin. */
  mark(speech: number, offset: number, text: string): void {
    const marks = this.speeches.get(speech) ?? []
    // The first mark says where the words that were announced begin.
    const others = offset === 0 ? [] : marks
    this.speeches.set(speech, [...others, { offset, text }])
  }

  /** What to show once so many samples of the speech were played. Of earlier speeches nothing is known any more. */
  at(speech: number, samples: number): Caption {
    for (const earlier of this.speeches.keys()) {
      if (earlier < speech) {
        this.speeches.delete(earlier)
      }
    }
    const marks = this.speeches.get(speech) ?? []
    const current = marks.findLastIndex(({ offset }) => offset <= samples)
    const words = (from: number, to?: number): string =>
      marks
        .slice(from, to)
        .map(({ text }) => text.trim())
        .join(' ')
    const at = Math.max(0, current)
    return { said: words(0, at), saying: words(at, current + 1), coming: words(current + 1) }
  }
}
