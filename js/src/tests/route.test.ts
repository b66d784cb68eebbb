import { setLanguage } from '@nextcloud/l10n'
import { beforeEach, describe, expect, test } from 'vitest'

import { detectEnvironment } from '../environment'
import { createRouter, formatRoute, parseRoute, takeArrival, takeFileIds, type Route } from '../route'

describe('a place in the app', () => {
  test.each<Route>([
    { view: 'chat', conversation: null },
    { view: 'chat', conversation: 'a/b?c#d é' },
    { view: 'search', query: '' },
    { view: 'search', query: 'INR & dose = ?' },
    { view: 'files' },
    { view: 'files', state: 'failed' },
    { view: 'chat', conversation: null, about: [7, 12] },
    { view: 'account' },
    { view: 'audit' },
  ])('survives being written into the address: %o', (route) => {
    expect(parseRoute(formatRoute(route))).toEqual(route)
  })

  test.each(['', '#', '#/', '#/nonsense', '#/chat/%', '#app-content-vue'])('%s leads to an empty chat', (hash) => {
    expect(parseRoute(hash)).toEqual({ view: 'chat', conversation: null })
  })

  test('takes no state of files that there is not', () => {
    expect(parseRoute('#/files?state=constructor')).toEqual({ view: 'files' })
  })

  test.each([
    ['?fileIds=7,12', '#/chat?about=7,12', ''],
    ['?fileIds=7,7,x,-1,0,12', '#/chat?about=7,12', ''],
    ['?fileIds=evil', '#/files', ''],
    ['?other=1&fileIds=7', '#/chat?about=7', '?other=1'],
    ['?other=1', '#/files', '?other=1'],
  ])('comes from the file menu with %s', (search, hash, rest) => {
    window.history.replaceState(null, '', `/page${search}#/files`)
    takeFileIds()
    expect([window.location.pathname, window.location.hash, window.location.search]).toEqual(['/page', hash, rest])
    window.history.replaceState(null, '', '/')
  })

  test.each([
    ['#/verify?token=a%2Fb', { purpose: 'verify', token: 'a/b' }, ''],
    ['#/reset?token=t', { purpose: 'reset', token: 't' }, ''],
    ['#/sign-in?error=FORBIDDEN', { purpose: 'failed', code: 'FORBIDDEN' }, ''],
    ['#/verify?token=', null, '#/verify?token='],
    ['#/chat/verify?token=t', null, '#/chat/verify?token=t'],
  ])('a mail’s link %s goes from the address with its token', (hash, arrival, left) => {
    window.history.replaceState(null, '', `/page${hash}`)
    expect(takeArrival()).toEqual(arrival)
    expect([window.location.pathname, window.location.hash]).toEqual(['/page', left])
    window.history.replaceState(null, '', '/')
  })

  test('is not left by a skip link', () => {
    const { route, go } = createRouter()
    go({ view: 'files' })
    window.location.hash = '#app-content-vue'
    window.dispatchEvent(new Event('hashchange'))
    expect(route.value).toEqual({ view: 'files' })
    window.location.hash = '#/search?q=INR'
    window.dispatchEvent(new Event('hashchange'))
    expect(route.value).toEqual({ view: 'search', query: 'INR' })
  })
})

describe('the environment', () => {
  beforeEach(() => {
    delete document.documentElement.dataset.voiceassist
  })

  test('on our own page has its API beside the page', () => {
    document.documentElement.dataset.voiceassist = 'standalone'
    expect(detectEnvironment()).toMatchObject({ embedded: false, apiBase: '/api/v1', streamBase: '/api/v1' })
  })

  test('in a Nextcloud below a path goes through its proxy and looks for HaRP', () => {
    window._oc_webroot = '/cloud'
    expect(detectEnvironment()).toMatchObject({
      embedded: true,
      apiBase: '/cloud/index.php/apps/app_api/proxy/voiceassist/api/v1',
      streamBase: '/cloud/exapps/voiceassist/api/v1',
      probeStream: true,
    })
  })

  test.each([
    [{ streaming: true }, '/cloud/exapps/voiceassist/api/v1'],
    [{ streaming: false }, null],
    ['{"streaming":true}', '/cloud/exapps/voiceassist/api/v1'],
    ['{"streaming":false}', null],
  ])('believes the ExApp when it says of streaming: %o', (told, streamBase) => {
    document.getElementById('initial-state-app_api-voiceassist')?.remove()
    window._oc_webroot = '/cloud'
    ;(window as { _nc_initial_state?: Map<string, unknown> })._nc_initial_state?.clear()
    const state = document.body.appendChild(document.createElement('input'))
    state.id = 'initial-state-app_api-voiceassist'
    state.value = btoa(JSON.stringify(told))
    expect(detectEnvironment()).toMatchObject({ streamBase, probeStream: false })
  })

  test.each([
    ['/voice', '/api/v1', '/api/v1', '/'],
    ['/assistant/voice', '/assistant/api/v1', '/assistant/api/v1', '/assistant/'],
    [
      '/cloud/exapps/voiceassist/voice',
      '/cloud/exapps/voiceassist/api/v1',
      '/cloud/exapps/voiceassist/api/v1',
      '/cloud/index.php/apps/app_api/embedded/voiceassist/app',
    ],
    [
      '/cloud/index.php/apps/app_api/proxy/voiceassist/voice',
      '/cloud/index.php/apps/app_api/proxy/voiceassist/api/v1',
      null, // no WebSocket passes there
      '/cloud/index.php/apps/app_api/embedded/voiceassist/app',
    ],
    ['/apps/app_api/proxy/voiceassist/voice', '/apps/app_api/proxy/voiceassist/api/v1', null, '/apps/app_api/embedded/voiceassist/app'],
  ])('of the page to talk on at %s is found from its address', (path, apiBase, streamBase, chatPage) => {
    document.documentElement.dataset.voiceassist = 'standalone'
    window.history.replaceState(null, '', path)
    expect(detectEnvironment()).toMatchObject({ apiBase, streamBase, chatPage, voicePage: path })
    // Where Nextcloud stands before us nobody signs in.
    expect(detectEnvironment().issuerLogin).toBe(path.includes('/app') || path.includes('/exapps/') ? null : path.replace('voice', 'auth/login'))
    window.history.replaceState(null, '', '/')
  })

  test('leads to the page to talk on, in the same language, by HaRP only where it is known to be there', () => {
    setLanguage('de')
    window._oc_webroot = '/cloud'
    const told = (state: object): string => {
      document.getElementById('initial-state-app_api-voiceassist')?.remove()
      ;(window as { _nc_initial_state?: Map<string, unknown> })._nc_initial_state?.clear()
      const input = document.body.appendChild(document.createElement('input'))
      input.id = 'initial-state-app_api-voiceassist'
      input.value = btoa(JSON.stringify(state))
      return detectEnvironment().voicePage
    }
    expect(told({ streaming: true })).toBe('/cloud/exapps/voiceassist/voice?lang=de')
    expect(told({ streaming: false })).toBe('/cloud/index.php/apps/app_api/proxy/voiceassist/voice?lang=de')
    expect(told({})).toBe('/cloud/index.php/apps/app_api/proxy/voiceassist/voice?lang=de')
    setLanguage('en')
  })
})
