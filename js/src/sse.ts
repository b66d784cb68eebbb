/** Reads the text of an event stream (HTML Living Standard, section 9.2.6) as it arrives in pieces. */

export interface StreamMessage {
  event: string
  data: string
  id: string | null
}

export class EventStreamParser {
  private rest = ''
  private event = ''
  private data: string[] = []
  private id: string | null = null

  /** Take the next piece; give back the messages that it completes. */
  push(piece: string): StreamMessage[] {
    this.rest += piece
    const messages: StreamMessage[] = []
    // A carriage return at the very end may be half of a CRLF: it waits for the next piece.
    for (let match = /\r\n|\n|\r(?!$)/.exec(this.rest); match; match = /\r\n|\n|\r(?!$)/.exec(this.rest)) {
      const line = this.rest.slice(0, match.index)
      this.rest = this.rest.slice(match.index + match[0].length)
      const message = this.line(line)
      if (message) {
        messages.push(message)
      }
    }
    return messages
  }

  private line(line: string): StreamMessage | null {
    if (line === '') {
      return this.dispatch()
    }
    if (line.startsWith(':')) {
      return null // a comment keeps the line alive
    }
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') {
      this.event = value
    } else if (field === 'data') {
      this.data.push(value)
    } else if (field === 'id') {
      this.id = value
    }
    return null
  }

  private dispatch(): StreamMessage | null {
    const { event, data } = this
    this.event = ''
    this.data = []
    return data.length === 0 ? null : { event: event || 'message', data: data.join('\n'), id: this.id }
  }
}
