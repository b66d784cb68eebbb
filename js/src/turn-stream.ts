/**
 * Follows one turn to its end over whatever line there is: an event stream where answers come through as they are
 * written, long polling where a proxy holds them back. Every event is given once and in order, across lost lines.
 */

import { ApiError, asApiError, type PolledEvents } from './api'
import { endsTurn, isTurnEvent, type TurnEvent } from './events'
import { EventStreamParser } from './sse'

/** The part of `Api` that is needed here. */
export interface TurnSource {
  canStream(): Promise<boolean>
  openEvents(turnId: string, after: number | null, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>
  pollEvents(turnId: string, after: number | null, signal: AbortSignal): Promise<PolledEvents>
}

export interface Patience {
  /** A stream that says nothing for this long (ms) from its start is being held back by a proxy: poll instead. */
  firstEvent: number
  /** A stream that falls silent for this long (ms) is dead. The server sends a comment at least every 15 s. */
  silence: number
  /** Waits (ms) before the tries after a failure; when they are used up the error is raised. */
  retries: readonly number[]
  /** Wait (ms) before the next poll when one came back empty, so that a server that never holds back is not flooded. */
  emptyPoll: number
}

export const PATIENCE: Patience = {
  firstEvent: 4000,
  silence: 40_000,
  retries: [300, 1000, 2000, 4000, 8000],
  emptyPoll: 400,
}

/** Streams that failed in a row before we stop trusting streaming and poll. */
const STREAM_FAILURES = 2

export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }, milliseconds)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

/** `promise`, or an UNAVAILABLE error when it takes longer than `milliseconds`. */
async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new ApiError('UNAVAILABLE', 'The line fell silent.'))
    }, milliseconds)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

function decode(data: string): TurnEvent | null {
  const value: unknown = JSON.parse(data)
  return isTurnEvent(value) ? value : null
}

async function* streamed(
  source: TurnSource,
  turnId: string,
  after: number | null,
  signal: AbortSignal,
  patience: Patience,
): AsyncGenerator<TurnEvent> {
  // Its own controller, so that leaving the loop early closes the connection.
  const line = new AbortController()
  const hangUp = (): void => {
    line.abort(signal.reason)
  }
  signal.addEventListener('abort', hangUp, { once: true })
  try {
    const body = await within(source.openEvents(turnId, after, line.signal), patience.firstEvent)
    const reader = body.getReader()
    const decoder = new TextDecoder()
    const parser = new EventStreamParser()
    let wait = patience.firstEvent
    for (;;) {
      const { done, value } = await within(reader.read(), wait)
      if (done) {
        return
      }
      wait = patience.silence
      for (const message of parser.push(decoder.decode(value, { stream: true }))) {
        const event = decode(message.data)
        if (event) {
          yield event
        }
      }
    }
  } finally {
    signal.removeEventListener('abort', hangUp)
    line.abort()
  }
}

async function* polled(
  source: TurnSource,
  turnId: string,
  after: number | null,
  signal: AbortSignal,
  patience: Patience,
): AsyncGenerator<TurnEvent> {
  let last = after
  for (;;) {
    const { events, done } = await source.pollEvents(turnId, last, signal)
    for (const event of events) {
      yield event
      last = event.seq
    }
    if (done) {
      return
    }
    if (events.length === 0) {
      await pause(patience.emptyPoll, signal)
    }
  }
}

/**
 * All events of a turn. Ends after the event that ends the turn.
 *
 * Raises `ApiError` when the turn cannot be followed any further; aborting `signal` stops following (the turn itself
 * goes on) and raises the signal's reason.
 */
export async function* followTurn(
  source: TurnSource,
  turnId: string,
  signal: AbortSignal,
  patience: Patience = PATIENCE,
): AsyncGenerator<TurnEvent> {
  let streaming = await source.canStream()
  let last: number | null = null
  let failures = 0
  for (;;) {
    let problem = new ApiError('UNAVAILABLE', 'The line was lost before the answer was complete.')
    try {
      const events = (streaming ? streamed : polled)(source, turnId, last, signal, patience)
      for await (const event of events) {
        if (last !== null && event.seq <= last) {
          continue
        }
        last = event.seq
        failures = 0
        yield event
        if (endsTurn(event)) {
          return
        }
      }
    } catch (error) {
      signal.throwIfAborted()
      problem = asApiError(error)
      if (!problem.retryable && !streaming) {
        throw problem
      }
    }
    failures += 1
    if (streaming && (failures >= STREAM_FAILURES || last === null)) {
      streaming = false
    }
    const wait = patience.retries[failures - 1]
    if (wait === undefined) {
      throw problem
    }
    await pause(problem.retryAfter === null ? wait : problem.retryAfter * 1000, signal)
  }
}
