/**
 * An answer's text as paragraphs and lists of plain words and citations. Nothing else of Markdown is read: what came
 * out of files and models is shown as text, never as markup, pictures or links.
 */

export type Piece = { kind: 'text'; text: string } | { kind: 'citation'; number: number }

export interface Block {
  kind: 'paragraph' | 'bullets' | 'numbers'
  /** A paragraph's lines, or a list's items. */
  lines: Piece[][]
  /** The number that a numbered list begins with. */
  start: number
}

const CITATION = /\[(\d{1,3})\]/g
const BULLET = /^\s*[-*•]\s+(.*)$/
const NUMBERED = /^\s*(\d{1,3})[.)]\s+(.*)$/

/** Split "Text [1][2]." into text and citations. Space before a citation goes: the mark stands close to its word. */
export function pieces(line: string): Piece[] {
  const found: Piece[] = []
  let last = 0
  for (const match of line.matchAll(CITATION)) {
    const text = line.slice(last, match.index).replace(/\s+$/, '')
    if (text) {
      found.push({ kind: 'text', text })
    }
    found.push({ kind: 'citation', number: Number(match[1]) })
    last = match.index + match[0].length
  }
  if (last < line.length) {
    found.push({ kind: 'text', text: line.slice(last) })
  }
  return found
}

/** While an answer is still coming in, its end may be half a citation: leave that out. */
export function withoutHalfCitation(text: string): string {
  return text.replace(/\s*\[\d{0,3}$/, '')
}

/** The words alone, for a screen reader or the clipboard. */
export function withoutCitations(text: string): string {
  return text.replace(/\s*\[\d{1,3}\]/g, '').trim()
}

function lineOf(raw: string): { kind: Block['kind']; start: number; text: string } {
  const bullet = BULLET.exec(raw)
  if (bullet) {
    return { kind: 'bullets', start: 1, text: bullet[1] ?? '' }
  }
  const numbered = NUMBERED.exec(raw)
  if (numbered) {
    return { kind: 'numbers', start: Number(numbered[1]), text: numbered[2] ?? '' }
  }
  return { kind: 'paragraph', start: 1, text: raw.trim() }
}

/** The blocks of an answer. An empty line ends a block. */
export function blocks(text: string): Block[] {
  const found: Block[] = []
  let open: Block | undefined
  for (const raw of text.split(/\r?\n/)) {
    if (raw.trim() === '') {
      open = undefined
      continue
    }
    const line = lineOf(raw)
    if (open?.kind !== line.kind) {
      open = { kind: line.kind, lines: [], start: line.start }
      found.push(open)
    }
    open.lines.push(pieces(line.text))
  }
  return found
}
