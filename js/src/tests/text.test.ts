import { describe, expect, test } from 'vitest'

import { ApiError } from '../api'
import type { Range } from '../schemas'
import { blocks, pieces, withoutCitations, withoutHalfCitation } from '../text/answer'
import { atPage, safeLink } from '../text/links'
import { findQuote, stretches } from '../text/ranges'
import { adviceFor, fileSize, placeIn } from '../text/words'

const marked = (text: string, ranges: Range[]): string[] =>
  stretches(text, ranges)
    .filter((part) => part.marked)
    .map((part) => part.text)

describe('highlighting', () => {
  test('marks exactly the given ranges and loses no character', () => {
    const text = 'The INR is checked.'
    expect(marked(text, [[4, 7], [11, 18]])).toEqual(['INR', 'checked'])
    expect(stretches(text, [[4, 7]]).map((part) => part.text).join('')).toBe(text)
  })

  test('counts characters as Python does, beyond the basic plane too', () => {
    expect(marked('👋👋 INR 𝒳 dose', [[3, 6], [9, 13]])).toEqual(['INR', 'dose'])
  })

  test.each<[string, Range[]]>([
    ['out of order', [[4, 7], [0, 3]]],
    ['overlapping', [[0, 5], [3, 9]]],
    ['out of bounds', [[-5, 3], [10, 999]]],
    ['empty', [[3, 3]]],
  ])('survives ranges that are %s', (_, ranges) => {
    const text = 'The INR is checked.'
    expect(stretches(text, ranges).map((part) => part.text).join('')).toBe(text)
  })

  test('an empty text has no stretches', () => {
    expect(stretches('', [[0, 4]])).toEqual([])
  })

  test('sets the cited words off, across marked words', () => {
    const text = 'Yes. The INR is checked. No.'
    const parts = stretches(text, [[9, 12]], { quote: 'The INR is checked.', start: 5, end: 24 })
    expect(parts.filter((part) => part.quoted).map((part) => part.text)).toEqual(['The ', 'INR', ' is checked.'])
    expect(parts.filter((part) => part.marked && part.quoted)).toHaveLength(1)
  })

  test('takes the cited place where the same words stand twice', () => {
    expect(findQuote('dose (dose)', { quote: 'dose', start: 6, end: 10 })).toEqual([6, 10])
  })

  test('finds cited words again after the file was reflowed, and says when they are gone', () => {
    const quote = { quote: 'The INR (is) checked', start: 90, end: 110 }
    expect(findQuote('Now the\n INR  (is)\nchecked.', quote)).toEqual([4, 26])
    expect(findQuote('Something else.', quote)).toBeNull()
    expect(findQuote('Something else.', { quote: ' ', start: 0, end: 1 })).toBeNull()
  })
})

describe('an answer', () => {
  test('is split into words and citations', () => {
    expect(pieces('Check it. [1][12] Then wait [2].')).toEqual([
      { kind: 'text', text: 'Check it.' },
      { kind: 'citation', number: 1 },
      { kind: 'citation', number: 12 },
      { kind: 'text', text: ' Then wait' },
      { kind: 'citation', number: 2 },
      { kind: 'text', text: '.' },
    ])
  })

  test('reads nothing but numbers in brackets as a citation', () => {
    expect(pieces('[a] [] [1234] [x](http://evil)')).toEqual([{ kind: 'text', text: '[a] [] [1234] [x](http://evil)' }])
  })

  test('becomes paragraphs and lists', () => {
    expect(blocks('One\ntwo\n\n- a\n* b\n\n3. c\n4) d').map(({ kind, start, lines }) => [kind, start, lines.length])).toEqual([
      ['paragraph', 1, 2],
      ['bullets', 1, 2],
      ['numbers', 3, 2],
    ])
  })

  test('keeps markup as the text that it is', () => {
    const line = '<img src=x onerror=alert(1)> ![](http://evil/a.png)'
    expect(blocks(line)).toEqual([{ kind: 'paragraph', start: 1, lines: [[{ kind: 'text', text: line }]] }])
  })

  test.each([
    ['Check it. [', 'Check it.'],
    ['Check it. [1', 'Check it.'],
    ['Check it. [1]', 'Check it. [1]'],
    ['Check [1] it', 'Check [1] it'],
  ])('shows no half citation while it grows: %s', (text, shown) => {
    expect(withoutHalfCitation(text)).toBe(shown)
  })

  test('can be said without its citations', () => {
    expect(withoutCitations('Check it. [1][2] Then wait [3].\n')).toBe('Check it. Then wait.')
  })
})

describe('links', () => {
  test.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'http://[', '', null, undefined])(
    'refuses %s',
    (link) => {
      expect(safeLink(link)).toBeNull()
    },
  )

  test.each(['https://cloud.example/f/12', '/f/12', 'http://localhost:9031/f/1'])('follows %s', (link) => {
    expect(safeLink(link)).toBe(link)
  })

  test('lead to the page of a PDF', () => {
    expect(atPage('/content', 12)).toBe('/content#page=12')
    expect(atPage('/content', null)).toBe('/content')
  })
})

describe('words', () => {
  test('name the page, or else the section', () => {
    expect(placeIn({ page: 3, section: 'Findings' })).toBe('Page 3')
    expect(placeIn({ page: null, section: 'Q&A <b>' })).toBe('Section: Q&A <b>')
    expect(placeIn({ page: null, section: null })).toBe('')
    expect(placeIn({ page: null, section: null, time: 754 })).toBe('At 12:34')
    expect(placeIn({ page: null, section: null, time: 0 })).toBe('At 0:00')
    expect(placeIn({ page: null, section: null, time: 3723 })).toBe('At 1:02:03')
  })

  test('say what to do about every kind of error', () => {
    const codes = ['UNREACHABLE', 'UNAVAILABLE', 'RATE_LIMITED', 'UNAUTHORIZED', 'FORBIDDEN', 'NOT_FOUND', 'VALIDATION_ERROR']
    const said = codes.map((code) => adviceFor(new ApiError(code, '')))
    expect(new Set(said).size).toBe(codes.length)
    expect(adviceFor(new ApiError('INTERNAL_ERROR', '', { requestId: 'r-7' }))).toContain('r-7')
    expect(adviceFor(new ApiError('RATE_LIMITED', '', { retryAfter: 7 }))).toContain('7 seconds')
  })

  test('give sizes in the unit that a person would pick', () => {
    expect([0, 999, 1000, 1_500_000, 2e13].map(fileSize)).toEqual(['0 B', '999 B', '1 KB', '1.5 MB', '20 TB'])
  })
})
