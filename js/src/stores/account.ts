/** The signed-in account: its sessions, its keys for programs, and its second factors where it is one of ours. */

import { reactive } from 'vue'

import { asApiError, type Api, type ApiError } from '../api'
import type { OwnSession, ProgramKey, SecondFactors, TotpSecret, WantedKey } from '../identity'
import { makeKey } from '../webauthn'

export interface AccountStore {
  state: {
    sessions: OwnSession[] | null
    sessionsError: ApiError | null
    keys: ProgramKey[] | null
    keysError: ApiError | null
    /** As a program sends it, as long as it is shown. */
    newKey: string | null
    factors: SecondFactors | null
    factorsError: ApiError | null
    /** New ones, as long as they are shown. */
    recoveryCodes: string[]
    /** Id of what is being ended or removed. */
    changing: string | null
  }
  loadSessions(): Promise<void>
  loadKeys(): Promise<void>
  loadFactors(): Promise<void>
  endSession(id: string): Promise<void>
  endOtherSessions(): Promise<void>
  revokeKey(id: string): Promise<void>
  forgetNewKey(): void
  removeFactor(id: string): Promise<void>
  forgetRecoveryCodes(): void
  // The following raise `ApiError`.
  addKey(wanted: WantedKey): Promise<void>
  changePassword(old: string, wanted: string): Promise<void>
  beginTotp(): Promise<TotpSecret>
  confirmTotp(code: string): Promise<void>
  addPasskey(name: string): Promise<void>
  newRecoveryCodes(): Promise<void>
}

export function createAccountStore(api: Api): AccountStore {
  const state = reactive<AccountStore['state']>({
    sessions: null,
    sessionsError: null,
    keys: null,
    keysError: null,
    newKey: null,
    factors: null,
    factorsError: null,
    recoveryCodes: [],
    changing: null,
  })

  async function loadSessions(): Promise<void> {
    try {
      state.sessions = await api.ownSessions()
      state.sessionsError = null
    } catch (error) {
      state.sessionsError = asApiError(error)
    }
  }

  async function loadKeys(): Promise<void> {
    try {
      state.keys = await api.programKeys()
      state.keysError = null
    } catch (error) {
      state.keysError = asApiError(error)
    }
  }

  async function loadFactors(): Promise<void> {
    try {
      state.factors = await api.secondFactors()
      state.factorsError = null
    } catch (error) {
      state.factorsError = asApiError(error)
    }
  }

  async function endSessions(ids: readonly string[]): Promise<void> {
    state.sessionsError = null
    try {
      for (const id of ids) {
        state.changing = id
        await api.endSession(id)
        state.sessions = (state.sessions ?? []).filter((session) => session.id !== id)
      }
    } catch (error) {
      state.sessionsError = asApiError(error)
    } finally {
      state.changing = null
    }
  }

  /** Codes come with the first factor only. */
  async function added(codes: string[]): Promise<void> {
    state.recoveryCodes = codes
    await loadFactors()
  }

  return {
    state,
    loadSessions,
    loadKeys,
    loadFactors,
    endSession: (id) => endSessions([id]),
    endOtherSessions: () =>
      endSessions((state.sessions ?? []).filter((session) => !session.current).map((session) => session.id)),
    async revokeKey(id) {
      state.changing = id
      try {
        await api.revokeProgramKey(id)
        await loadKeys()
      } catch (error) {
        state.keysError = asApiError(error)
      } finally {
        state.changing = null
      }
    },
    forgetNewKey() {
      state.newKey = null
    },
    async addKey(wanted) {
      state.newKey = await api.makeProgramKey(wanted)
      await loadKeys()
    },
    async removeFactor(id) {
      state.changing = id
      try {
        await api.removeSecondFactor(id)
        await loadFactors()
      } catch (error) {
        state.factorsError = asApiError(error)
      } finally {
        state.changing = null
      }
    },
    forgetRecoveryCodes() {
      state.recoveryCodes = []
    },
    changePassword: (old, wanted) => api.changePassword(old, wanted),
    beginTotp: () => api.newTotp(),
    async confirmTotp(code) {
      await added(await api.confirmTotp(code))
    },
    async addPasskey(name) {
      await added(await api.addPasskey(await makeKey(await api.newPasskey()), name))
    },
    async newRecoveryCodes() {
      await added(await api.newRecoveryCodes())
    },
  }
}
