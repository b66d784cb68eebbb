/**
 * Where this page runs: on its own (served by VoiceAssist) or inside Nextcloud (AppAPI's page in the app menu).
 * Everything that differs between the two is decided here, once.
 */

import { getRequestToken } from '@nextcloud/auth'
import { loadState } from '@nextcloud/initial-state'
import { generateUrl, getRootUrl } from '@nextcloud/router'

export const APP_ID = 'voiceassist'

export interface Environment {
  embedded: boolean
  /** Base of the API, without a slash at the end. */
  apiBase: string
  /**
   * Base of the API by a way that does not hold answers back, or null where only polling works. Inside Nextcloud the
   * PHP proxy buffers; HaRP's `/exapps/` does not, but an installation may be without it: `probeStream` is then true.
   */
  streamBase: string | null
  probeStream: boolean
  /** Nextcloud's request token, null on our own page. */
  requestToken: () => string | null
}

/** What the ExApp may register as initial state under the key `voiceassist`. Absent: we probe. */
interface PageState {
  streaming?: boolean
}

/** Our own index page marks itself; every other page that loads this script is Nextcloud's. */
export function isStandalone(root: Document = document): boolean {
  return root.documentElement.dataset.voiceassist === 'standalone'
}

/** AppAPI (Nextcloud 34) hands the state on as the text that it stored. */
function pageState(): PageState {
  const state = loadState<PageState | string>('app_api', APP_ID, {})
  return typeof state === 'string' ? (JSON.parse(state) as PageState) : state
}

export function detectEnvironment(): Environment {
  if (isStandalone()) {
    // Relative to the page, so that a reverse proxy may serve us below a path.
    const base = new URL('api/v1', document.baseURI).pathname
    return { embedded: false, apiBase: base, streamBase: base, probeStream: false, requestToken: () => null }
  }
  const state = pageState()
  return {
    embedded: true,
    apiBase: generateUrl(`/apps/app_api/proxy/${APP_ID}/api/v1`),
    streamBase: state.streaming === false ? null : `${getRootUrl()}/exapps/${APP_ID}/api/v1`,
    probeStream: state.streaming === undefined,
    requestToken: getRequestToken,
  }
}
