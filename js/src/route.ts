/** Where in the app we are, kept in the address after "#/": a reload or a copied link leads back to the same place. */

import { readonly, ref, type DeepReadonly, type Ref } from 'vue'

export type Route = { view: 'chat'; conversation: string | null } | { view: 'search'; query: string } | { view: 'files' }

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
  if (view === 'search') {
    return { view, query: new URLSearchParams(query).get('q') ?? '' }
  }
  if (view === 'files') {
    return { view }
  }
  return { view: 'chat', conversation: decoded(id) }
}

export function formatRoute(route: Route): string {
  switch (route.view) {
    case 'chat':
      return route.conversation ? `#/chat/${encodeURIComponent(route.conversation)}` : '#/chat'
    case 'search':
      return route.query ? `#/search?${new URLSearchParams({ q: route.query }).toString()}` : '#/search'
    case 'files':
      return '#/files'
  }
}

export interface Router {
  route: DeepReadonly<Ref<Route>>
  go: (route: Route) => void
  /** Change the address of the place we are at, without a step for the Back button. */
  replace: (route: Route) => void
}

export function createRouter(): Router {
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
