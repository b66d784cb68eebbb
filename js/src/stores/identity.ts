/** Who is signed in, and whether somebody must. */

import { reactive } from 'vue'

import { asApiError, type Api } from '../api'
import type { Me, OwnAccount, SignInWays } from '../identity'

/**
 * `asking`: not known yet. `in`: the page can be used. `out`: nobody is signed in. `ended`: somebody was, and the page
 * keeps what they typed until they are again.
 */
export type Stage = 'asking' | 'in' | 'out' | 'ended'

/** A session's access lasts 15 minutes; links and downloads cannot renew it when they meet its end. */
const RENEW_EVERY = 10 * 60 * 1000

export interface IdentityStore {
  state: {
    stage: Stage
    /** Null as long as it is not known. */
    me: Me | null
    /** Null where it is none of ours, or as long as it is not known. */
    account: OwnAccount | null
    ways: SignInWays | null
  }
  /** Find out who is signed in. */
  look(): Promise<void>
  /** Renew the session's access before it ends, until `signal` is aborted. */
  stayIn(signal: AbortSignal): void
  /** Raises `ApiError`; gives where the browser has to go next, or null. `everywhere`: all of the user's sessions. */
  signOut(everywhere: boolean): Promise<string | null>
  /** What whoever is signed in is called; empty as long as nobody is known to be. */
  name(): string
  /** Whether the audit may be read. */
  audits(): boolean
}

/** `signsIn`: whether people sign in here at all, or Nextcloud vouches for them. */
export function createIdentityStore(api: Api, signsIn: boolean): IdentityStore {
  const state = reactive<IdentityStore['state']>({ stage: signsIn ? 'asking' : 'in', me: null, account: null, ways: null })

  /** Where no way to sign in is configured, the page shows itself what the server says. */
  async function demand(stage: 'out' | 'ended'): Promise<void> {
    try {
      state.ways = await api.signInWays()
    } catch {
      state.ways = null
    }
    const some = state.ways !== null && (state.ways.oidc !== null || state.ways.accounts !== null)
    state.stage = some ? stage : 'in'
  }

  async function loadAccount(me: Me): Promise<void> {
    try {
      state.account = me.way === 'account' ? await api.ownAccount() : null
    } catch {
      state.account = null // the page says then what else it knows of who is signed in
    }
  }

  api.onSignedOut = () => {
    if (state.stage === 'in') {
      void demand(state.me === null ? 'out' : 'ended')
    }
  }

  return {
    state,
    async look() {
      try {
        const me = await api.me()
        state.me = me
        state.stage = 'in'
        await loadAccount(me)
      } catch (error) {
        if (state.stage === 'in' || state.stage === 'ended') {
          return
        }
        if (asApiError(error).status === 401) {
          await demand('out')
        } else {
          state.stage = 'in'
        }
      }
    },
    stayIn(signal) {
      const renewing = setInterval(() => {
        if (state.stage === 'in' && state.me?.session_id) {
          // What fails here is met, and told, by the next request.
          api.renew(Date.now() - RENEW_EVERY / 2).catch(() => undefined)
        }
      }, RENEW_EVERY)
      signal.addEventListener('abort', () => {
        clearInterval(renewing)
      })
    },
    async signOut(everywhere) {
      const next = await api.logout(everywhere)
      if (next === null) {
        state.me = null
        state.account = null
        await demand('out')
      }
      return next
    },
    name: () => state.account?.name || state.account?.email || (state.me?.signed_in_as ?? ''),
    audits: () => state.me?.roles.some((role) => role === 'auditor' || role === 'admin') ?? false,
  }
}
