/** Where in the app we are, kept in the address after "#/": a reload or a copied link leads back to the same place. */

import { readonly, ref, type DeepReadonly, type Ref } from 'vue'

import type { FileState } from './schemas'

export type Route =
  /** `about`: ids of the files and folders that a new conversation is narrowed to. */
  | { view: 'chat'; conversation: string | null; about?: readonly number[] }
  | { view: 'search'; query: string }
  | { view: 'files'; state?: FileState }
  | { view: 'reminders' }
  | { view: 'accounts' }
  | { view: 'account' }
  | { view: 'audit' }

const FILE_STATES: ReadonlySet<string> = new Set<FileState>(['indexed', 'waiting', 'running', 'failed', 'skipped'])

/** More picked files than this are a folder; the rest is left out. */
const MOST_ABOUT = 64

function idsIn(text: string | null): number[] {
  const parts = (text ?? '').split(',').filter((part) => /^[1-9]\d{0,14}$/.test(part))
  return [...new Set(parts.map(Number))].slice(0, MOST_ABOUT)
}

function decoded(part: string | undefined): string | null {
  try {
    return part ? decodeURIComponent(part) : null
  } catch {
    return null // half of a percent sign: not an address of ours
  }
}

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?')
  const [view, id] = path.split('/')
  const parameters = new URLSearchParams(query)
  if (view === 'search') {
    return { view, query: parameters.get('q') ?? '' }
  }
  if (view === 'files') {
    const state = parameters.get('state')
    return state !== null && FILE_STATES.has(state) ? { view, state: state as FileState } : { view }
  }
  if (view === 'reminders' || view === 'accounts' || view === 'account' || view === 'audit') {
    return { view }
  }
  const conversation = decoded(id)
  const about = conversation === null ? idsIn(parameters.get('about')) : []
  return { view: 'chat', conversation, ...(about.length > 0 && { about }) }
}

export function formatRoute(route: Route): string {
  switch (route.view) {
    case 'chat':
      if (route.conversation) {
        return `#/chat/${encodeURIComponent(route.conversation)}`
      }
      return route.about ? `#/chat?about=${route.about.join(',')}` : '#/chat'
    case 'search':
      return route.query ? `#/search?${new URLSearchParams({ q: route.query }).toString()}` : '#/search'
    case 'reminders':
    case 'accounts':
    case 'account':
    case 'audit':
      return `#/${route.view}`
    case 'files':
      return route.state ? `#/files?state=${route.state}` : '#/files'
  }
}

/**
 * Nextcloud's file menu opens the page with "?fileIds=1,2". That becomes a place of ours, and goes from the address:
 * a later conversation is about all files again.
 */
export function takeFileIds(address: Location = window.location, history: History = window.history): void {
  const query = new URLSearchParams(address.search)
  const about = idsIn(query.get('fileIds'))
  if (query.has('fileIds')) {
    query.delete('fileIds')
    const rest = query.size > 0 ? `?${query.toString()}` : ''
    const place = about.length > 0 ? formatRoute({ view: 'chat', conversation: null, about }) : address.hash
    history.replaceState(history.state, '', `${address.pathname}${rest}${place}`)
  }
}

/** What led to the page: the link of a mail, or a sign-in at an issuer that failed. */
export type Arrival = { purpose: 'verify' | 'reset'; token: string } | { purpose: 'failed'; code: string }

/**
 * A mail's link, "#/verify?token=…", or the way back from an issuer, "#/sign-in?error=…". It goes from the address: a
 * token is for nobody's history, and a reload tries anew.
 */
export function takeArrival(address: Location = window.location, history: History = window.history): Arrival | null {
  const [, place, query] = /^#\/(verify|reset|sign-in)\?(.*)$/.exec(address.hash) ?? []
  const parameters = new URLSearchParams(query)
  const given = parameters.get(place === 'sign-in' ? 'error' : 'token')
  if (!given) {
    return null
  }
  history.replaceState(history.state, '', `${address.pathname}${address.search}`)
  return place === 'verify' || place === 'reset' ? { purpose: place, token: given } : { purpose: 'failed', code: given }
}

export interface Router {
  route: DeepReadonly<Ref<Route>>
  go: (route: Route) => void
  /** Change the address of the place we are at, without a step for the Back button. */
  replace: (route: Route) => void
}

export function createRouter(): Router {
  takeFileIds()
  const route = ref<Route>(parseRoute(window.location.hash))
  window.addEventListener('hashchange', () => {
    // "Skip to main content" and its like use plain anchors: they are no routes.
    if (window.location.hash === '' || window.location.hash.startsWith('#/')) {
      route.value = parseRoute(window.location.hash)
    }
  })
  return {
    route: readonly(route),
    go: (next) => {
      window.location.hash = formatRoute(next)
      route.value = next
    },
    replace: (next) => {
      window.history.replaceState(window.history.state, '', formatRoute(next))
      route.value = next
    },
  }
}
