import { describe, expect, test } from 'vitest'

import { EventStreamParser, type StreamMessage } from '../sse'

const WIRE = ': hello\n\nid: 1\nevent: answer.delta\ndata: {"text":"Grüße 👋"}\n\nid: 2\r\ndata: a\r\ndata: b\r\n\r\ndata:c\r\rid: 9\n\n'
const READ: StreamMessage[] = [
  { event: 'answer.delta', data: '{"text":"Grüße 👋"}', id: '1' },
  { event: 'message', data: 'a\nb', id: '2' },
  { event: 'message', data: 'c', id: '2' },
]

describe('the event stream parser', () => {
  test('reads fields, comments, all three line endings and messages of several lines', () => {
    expect(new EventStreamParser().push(WIRE)).toEqual(READ)
  })

  test('gives the same messages wherever the stream is cut', () => {
    for (let cut = 0; cut <= WIRE.length; cut++) {
      const parser = new EventStreamParser()
      expect([...parser.push(WIRE.slice(0, cut)), ...parser.push(WIRE.slice(cut))], `cut at ${cut}`).toEqual(READ)
    }
  })

  test('gives the same messages when every character comes alone', () => {
    const parser = new EventStreamParser()
    expect(WIRE.split('').flatMap((character) => parser.push(character))).toEqual(READ)
  })

  test('keeps an unfinished message to itself', () => {
    const parser = new EventStreamParser()
    expect(parser.push('data: half')).toEqual([])
    expect(parser.push('\n')).toEqual([])
    expect(parser.push('\n')).toEqual([{ event: 'message', data: 'half', id: null }])
  })
})
