/** Cuts a text into stretches that are marked or not. */

import type { Range } from '../schemas'

export interface Stretch {
  text: string
  /** A word that was searched for. */
  marked: boolean
  /** Part of the words that carry the cited sentence. */
  quoted: boolean
}

/** The server counts code points, JavaScript UTF-16 units: they differ after a character beyond the first 65,536. */
function toUnits(text: string, ranges: readonly Range[]): Range[] {
  if (!/[\uD800-\uDBFF]/.test(text)) {
    return ranges.map(([start, end]) => [start, end])
  }
  const unitOf: number[] = []
  let unit = 0
  for (const character of text) {
    unitOf.push(unit)
    unit += character.length
  }
  const place = (point: number): number => (point < 0 ? 0 : (unitOf[point] ?? unit))
  return ranges.map(([start, end]) => [place(start), place(end)])
}

function covers(ranges: readonly Range[], start: number, end: number): boolean {
  return ranges.some((range) => range[0] <= start && end <= range[1])
}

/** A stretch of a passage: the characters [start, end) and what they read. */
export interface Quote {
  quote: string
  start: number
  end: number
}

/**
 * Where the quoted words stand in `text`, in UTF-16 units. When the file has changed since the answer they are looked
 * for, whatever the white space between them; null when they are gone.
 */
export function findQuote(text: string, { quote, start, end }: Quote): Range | null {
  const [given] = toUnits(text, [[start, end]])
  if (given && quote !== '' && text.slice(...given) === quote) {
    return given
  }
  const words = quote.trim().split(/\s+/).filter(Boolean)
  if (words.length === 0) {
    return null
  }
  const pattern = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('\\s+')
  const match = new RegExp(pattern, 'i').exec(text)
  return match ? [match.index, match.index + match[0].length] : null
}

/**
 * `text` in stretches; joined they are the text again. Ranges may overlap, be out of order or out of bounds.
 */
export function stretches(text: string, highlights: readonly Range[], cited: Quote | null = null): Stretch[] {
  const marks = toUnits(text, highlights)
  const quoted = cited && findQuote(text, cited)
  const quotes = quoted ? [quoted] : []
  const cuts = [0, text.length]
  for (const range of [...marks, ...quotes]) {
    cuts.push(...range.map((place) => Math.min(Math.max(place, 0), text.length)))
  }
  const places = [...new Set(cuts)].sort((a, b) => a - b)
  return places.slice(1).map((end, index) => {
    const start = places[index] as number
    return {
      text: text.slice(start, end),
      marked: covers(marks, start, end),
      quoted: covers(quotes, start, end),
    }
  })
}
