import { assert, describe, expect, test } from 'vitest'

import { Api, ApiError, asApiError } from '../api'
import type { Environment } from '../environment'
import { EVERYTHING } from '../stores/scope'

const OWN_PAGE: Environment = {
  embedded: false,
  apiBase: '/api/v1',
  streamBase: '/api/v1',
  probeStream: false,
  requestToken: () => null,
  worklet: '/js/voiceassist-capture.js',
  chatPage: '/',
  voicePage: '/voice',
  issuerLogin: '/auth/login',
}
const IN_NEXTCLOUD: Environment = {
  embedded: true,
  apiBase: '/cloud/index.php/apps/app_api/proxy/voiceassist/api/v1',
  streamBase: '/cloud/exapps/voiceassist/api/v1',
  probeStream: true,
  requestToken: () => 'token',
  worklet: '/cloud/index.php/apps/app_api/proxy/voiceassist/js/voiceassist-capture.js',
  chatPage: '/cloud/index.php/apps/app_api/embedded/voiceassist/app',
  voicePage: '/cloud/index.php/apps/app_api/proxy/voiceassist/voice',
  issuerLogin: null,
}

interface Sent {
  address: string
  init: RequestInit
  headers: Record<string, string>
}

function answering(answer: () => Response | Error): { fetch: typeof fetch; sent: Sent[] } {
  const sent: Sent[] = []
  const fetch: typeof globalThis.fetch = (address, init = {}) => {
    assert(typeof address === 'string')
    sent.push({ address, init, headers: init.headers as Record<string, string> })
    const given = answer()
    return given instanceof Error ? Promise.reject(given) : Promise.resolve(given)
  }
  return { fetch, sent }
}

function envelope(data: unknown, pagination: unknown = null): Response {
  return Response.json({ success: true, data, error: null, metadata: { request_id: 'r', pagination } })
}

function refusal(status: number, code: string, message: string, headers = {}): Response {
  const error = { code, message, field: 'text', details: null }
  return Response.json(
    { success: false, data: null, error, metadata: { request_id: 'r-7', pagination: null } },
    { status, headers },
  )
}

async function failureOf(promise: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await promise.catch((problem: unknown) => problem)
  expect(error).toBeInstanceOf(ApiError)
  return error as ApiError
}

describe('the API client', () => {
  test('unwraps the envelope', async () => {
    const { fetch } = answering(() => envelope({ retried: 3 }))
    expect(await new Api(OWN_PAGE, fetch).retryAllFiles()).toEqual({ retried: 3 })
  })

  test('gives a page its total', async () => {
    const { fetch, sent } = answering(() => envelope([{ id: 'c' }], { offset: 0, limit: 1, total: 12 }))
    expect(await new Api(OWN_PAGE, fetch).conversations(1)).toEqual({ items: [{ id: 'c' }], total: 12 })
    expect(sent[0]?.address).toBe('/api/v1/conversations?offset=0&limit=1')
  })

  test('names itself on every call, and shows the request token inside Nextcloud only', async () => {
    const own = answering(() => envelope({}))
    await new Api(OWN_PAGE, own.fetch).lookForChanges()
    expect(own.sent[0]?.headers).toMatchObject({ 'X-Requested-With': 'voiceassist' })
    expect(own.sent[0]?.headers).not.toHaveProperty('requesttoken')

    const embedded = answering(() => envelope({}))
    await new Api(IN_NEXTCLOUD, embedded.fetch).lookForChanges()
    expect(embedded.sent[0]?.headers).toMatchObject({ 'X-Requested-With': 'voiceassist', requesttoken: 'token' })
    expect(embedded.sent[0]?.address).toBe(`${IN_NEXTCLOUD.apiBase}/files/crawl`)
  })

  test('turns a refusal into an error with all its facts', async () => {
    const { fetch } = answering(() => refusal(429, 'RATE_LIMITED', 'Too many questions.', { 'Retry-After': '7' }))
    const error = await failureOf(new Api(OWN_PAGE, fetch).startTurn('Why?', null, EVERYTHING))
    expect(error).toMatchObject({
      code: 'RATE_LIMITED',
      message: 'Too many questions.',
      status: 429,
      field: 'text',
      requestId: 'r-7',
      retryAfter: 7,
      retryable: true,
    })
  })

  test.each([
    [502, 'UNAVAILABLE', true],
    [503, 'UNAVAILABLE', true],
    [401, 'UNAUTHORIZED', false],
    [200, 'UNEXPECTED_ANSWER', false],
    [404, 'UNEXPECTED_ANSWER', false],
  ])('reads a %i page that is no envelope as %s', async (status, code, retryable) => {
    const { fetch } = answering(() => new Response('<html>proxy</html>', { status }))
    expect(await failureOf(new Api(OWN_PAGE, fetch).status())).toMatchObject({ code, status, retryable })
  })

  test('says that the server is out of reach when no answer comes', async () => {
    const { fetch } = answering(() => new TypeError('Failed to fetch'))
    expect(await failureOf(new Api(OWN_PAGE, fetch).status())).toMatchObject({ code: 'UNREACHABLE', retryable: true })
  })

  test('leaves out what was not given, and escapes what was', async () => {
    const { fetch, sent } = answering(() => envelope([]))
    const api = new Api(OWN_PAGE, fetch)
    await api.files({ state: null, name: '', offset: 0, limit: 50 })
    await api.files({ state: 'failed', name: 'a&b', offset: 0, limit: 50 })
    await api.passage('id/with slash', 'why?')
    expect(sent.map(({ address }) => address)).toEqual([
      '/api/v1/files?offset=0&limit=50',
      '/api/v1/files?state=failed&q=a%26b&offset=0&limit=50',
      '/api/v1/passages/id%2Fwith%20slash?q=why%3F',
    ])
  })

  test('asks within a conversation when there is one, and always tells the scope and the time zone', async () => {
    const { fetch, sent } = answering(() => envelope({ turn_id: 't', conversation_id: 'c' }))
    const api = new Api(OWN_PAGE, fetch)
    await api.startTurn('Why?', null, EVERYTHING)
    await api.startTurn('And?', 'c', { file_ids: [1], folder_ids: [] })
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
    expect(sent.map(({ init }) => JSON.parse(init.body as string) as unknown)).toEqual([
      { text: 'Why?', scope: EVERYTHING, zone },
      { text: 'And?', conversation_id: 'c', scope: { file_ids: [1], folder_ids: [] }, zone },
    ])
  })

  test('looks for HaRP once, however often it is asked', async () => {
    const { fetch, sent } = answering(() => new Response('no such page', { status: 404 }))
    const api = new Api(IN_NEXTCLOUD, fetch)
    expect(await Promise.all([api.canStream(), api.canStream()])).toEqual([false, false])
    expect(await api.canStream()).toBe(false)
    expect(sent.map(({ address }) => address)).toEqual(['/cloud/exapps/voiceassist/api/v1/status'])
  })

  test('streams through HaRP where it answers', async () => {
    const { fetch } = answering(() => envelope({ ready: true }))
    expect(await new Api(IN_NEXTCLOUD, fetch).canStream()).toBe(true)
  })

  test('opens a stream only when the answer is one', async () => {
    const good = answering(
      () => new Response('data: x\n\n', { headers: { 'Content-Type': 'text/event-stream; charset=utf-8' } }),
    )
    const signal = new AbortController().signal
    expect(await new Api(OWN_PAGE, good.fetch).openEvents('t', 5, signal)).toBeInstanceOf(ReadableStream)
    expect(good.sent[0]?.address).toBe('/api/v1/chat/turns/t/events?after=5')

    const polled = answering(() => envelope({ events: [], done: false }))
    const error = await failureOf(new Api(OWN_PAGE, polled.fetch).openEvents('t', null, signal))
    expect(error.code).toBe('UNEXPECTED_ANSWER')
  })
})

test('any thrown value becomes an error that can be shown', () => {
  expect(asApiError(new RangeError('oops'))).toMatchObject({ code: 'INTERNAL_ERROR', message: 'oops' })
  expect(asApiError('oops')).toMatchObject({ code: 'INTERNAL_ERROR', message: 'oops' })
})
