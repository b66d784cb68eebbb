/**
 * Where this page runs: on its own (served by VoiceAssist) or inside Nextcloud (AppAPI's page in the app menu).
 * Everything that differs between the two is decided here, once.
 */

import { getRequestToken } from '@nextcloud/auth'
import { loadState } from '@nextcloud/initial-state'
import { getLanguage } from '@nextcloud/l10n'
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
  /** Address of what runs on the audio thread. */
  worklet: string
  /** The pages: the one with the chat, and the one to talk on. */
  chatPage: string
  voicePage: string
  /** Where signing in at an OIDC issuer begins, or null where AppAPI vouches for the user: nobody signs in there. */
  issuerLogin: string | null
}

/** What the ExApp may register as initial state under the key `voiceassist`. Absent: we probe. */
interface PageState {
  streaming?: boolean
}

/** Our own index page marks itself; every other page that loads this script is Nextcloud's. */
export function isStandalone(root: Document = document): boolean {
  return root.documentElement.dataset.voiceassist === 'standalone'
}

/** Whether this is the page to talk on. It runs the same script, so that Nextcloud has one to load. */
export function isVoicePage(root: Document = document): boolean {
  return root.documentElement.dataset.voiceassistPage === 'voice'
}

/** AppAPI (Nextcloud 34) hands the state on as the text that it stored. */
function pageState(): PageState {
  const state = loadState<PageState | string>('app_api', APP_ID, {})
  return typeof state === 'string' ? (JSON.parse(state) as PageState) : state
}

/** AppAPI's name for the page in the app menu: `PAGE` in ex_app/registration.py. */
const EMBEDDED_PAGE = `/apps/app_api/embedded/${APP_ID}/app`
const PHP_PROXY = `/apps/app_api/proxy/${APP_ID}/`
const HARP = `/exapps/${APP_ID}/`

/**
 * One of our own pages. The voice page is also served through Nextcloud, at the top level, where it finds neither
 * Nextcloud's web root nor a request token, and needs none: AppAPI's proxy asks for none. Where it is says its address.
 */
function ownEnvironment(): Environment {
  // Relative to the page, so that a reverse proxy may serve us below a path.
  const address = (path: string): string => new URL(path, document.baseURI).pathname
  const here = address('.')
  const base = address('api/v1')
  const byPhp = here.endsWith(PHP_PROXY)
  const byHarp = here.endsWith(HARP)
  const chatPage = byPhp
    ? here.slice(0, -PHP_PROXY.length) + EMBEDDED_PAGE
    : byHarp
      ? `${here.slice(0, -HARP.length)}/index.php${EMBEDDED_PAGE}`
      : here
  return {
    embedded: false,
    apiBase: base,
    streamBase: byPhp ? null : base,
    probeStream: false,
    requestToken: () => null,
    worklet: address('js/voiceassist-capture.js'),
    chatPage,
    voicePage: address('voice'),
    issuerLogin: byPhp || byHarp ? null : address('auth/login'),
  }
}

export function detectEnvironment(): Environment {
  if (isStandalone()) {
    return ownEnvironment()
  }
  const { streaming } = pageState()
  const proxy = generateUrl(`/apps/app_api/proxy/${APP_ID}`)
  const harp = `${getRootUrl()}/exapps/${APP_ID}`
  return {
    embedded: true,
    apiBase: `${proxy}/api/v1`,
    streamBase: streaming === false ? null : `${harp}/api/v1`,
    probeStream: streaming === undefined,
    requestToken: getRequestToken,
    worklet: `${proxy}/js/voiceassist-capture.js`,
    chatPage: generateUrl(EMBEDDED_PAGE),
    voicePage: `${streaming === true ? harp : proxy}/voice?lang=${getLanguage()}`,
    issuerLogin: null,
  }
}
