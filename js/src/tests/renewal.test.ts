import { beforeEach, describe, expect, test, vi } from 'vitest'

import { Api } from '../api'

import { NOWHERE, settle } from './fakes'

function answer(status: number, code: string | null = null, data: unknown = {}): Response {
  const error = code === null ? null : { code, message: code, field: null, details: null }
  const metadata = { request_id: 'r', pagination: null }
  return Response.json({ success: error === null, data, error, metadata }, { status })
}

/** A server whose access is good or not, and whose refresh answers what a test says. */
function server(refresh: () => Response | Promise<Response>, refusal = 'TOKEN_EXPIRED') {
  const state = { good: false, asked: [] as string[] }
  const fetch: typeof globalThis.fetch = async (address) => {
    const path = (address as string).replace('/api/v1', '')
    state.asked.push(path)
    if (path === '/auth/refresh') {
      const given = await refresh()
      state.good = given.ok
      return given
    }
    return state.good ? answer(200) : answer(401, refusal)
  }
  return { state, fetch }
}

beforeEach(() => {
  localStorage.clear()
})

describe('access that ran out', () => {
  test.each(['TOKEN_EXPIRED', 'UNAUTHORIZED'])('is renewed once for many requests (%s), which are then repeated', async (code) => {
    const { state, fetch } = server(async () => {
      await settle()
      return answer(200)
    }, code)
    const api = new Api(NOWHERE, fetch)
    await Promise.all([api.status(), api.calendars(), api.me()])
    expect(state.asked.filter((path) => path === '/auth/refresh')).toHaveLength(1)
    expect(state.asked.filter((path) => path === '/status')).toHaveLength(2)
  })

  test('is renewed for a stream as well', async () => {
    const { state, fetch } = server(() => answer(200))
    const api = new Api(NOWHERE, async (address, init) => {
      const given = await fetch(address, init)
      const isStream = given.ok && (address as string).includes('/events')
      return isStream ? new Response('data: x\n\n', { headers: { 'Content-Type': 'text/event-stream' } }) : given
    })
    expect(await api.openEvents('t', null, new AbortController().signal)).toBeInstanceOf(ReadableStream)
    expect(state.asked).toEqual(['/chat/turns/t/events', '/auth/refresh', '/chat/turns/t/events'])
  })

  test('is not renewed again for a request that was sent before another tab did it', async () => {
    const { state, fetch } = server(() => answer(200))
    localStorage.setItem('voiceassist-renewed', `${Date.now() + 1000}`)
    let tries = 0
    const api = new Api(NOWHERE, (address, init) => {
      tries += 1
      state.good = tries > 1
      return fetch(address, init)
    })
    await api.status()
    expect(state.asked).toEqual(['/status', '/status'])
  })

  test('of a session that is over leads to signing in, once more sent or not', async () => {
    const over = server(() => answer(401, 'UNAUTHORIZED'))
    const api = new Api(NOWHERE, over.fetch)
    api.onSignedOut = vi.fn()
    await expect(api.status()).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' })
    expect(api.onSignedOut).toHaveBeenCalledTimes(1)
    expect(over.state.asked).toEqual(['/status', '/auth/refresh'])
  })

  test('is not taken for a session that is over when the server does not say so', async () => {
    const { fetch } = server(() => answer(503, 'UNAVAILABLE'))
    const api = new Api(NOWHERE, fetch)
    api.onSignedOut = vi.fn()
    await expect(api.status()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(api.onSignedOut).not.toHaveBeenCalled()
  })
})

test('a revoked session is not renewed', async () => {
  const { state, fetch } = server(() => answer(200), 'TOKEN_REVOKED')
  const api = new Api(NOWHERE, fetch)
  api.onSignedOut = vi.fn()
  await expect(api.status()).rejects.toMatchObject({ code: 'TOKEN_REVOKED' })
  expect(api.onSignedOut).toHaveBeenCalledTimes(1)
  expect(state.asked).toEqual(['/status'])
})

test('a refusal of what was typed, or of a mail’s token, is none of the session', async () => {
  const { state, fetch } = server(() => answer(200), 'TOKEN_EXPIRED')
  const api = new Api(NOWHERE, fetch)
  api.onSignedOut = vi.fn()
  await expect(api.verify('t')).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' })
  const wrong = new Api(NOWHERE, () => Promise.resolve(answer(401, 'INVALID_CREDENTIALS')))
  wrong.onSignedOut = vi.fn()
  await expect(wrong.changePassword('a', 'b')).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' })
  expect(api.onSignedOut).not.toHaveBeenCalled()
  expect(wrong.onSignedOut).not.toHaveBeenCalled()
  expect(state.asked).toEqual(['/auth/verify'])
})

test('inside Nextcloud nothing is renewed and nobody signs in', async () => {
  const { state, fetch } = server(() => answer(200))
  const api = new Api({ ...NOWHERE, issuerLogin: null }, fetch)
  api.onSignedOut = vi.fn()
  await expect(api.status()).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' })
  expect(state.asked).toEqual(['/status'])
  expect(api.onSignedOut).not.toHaveBeenCalled()
})
