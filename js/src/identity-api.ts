/** The routes of who is signed in, one method each: signing in and out, the account, the audit. */

import { Http, withQuery } from './http'
import type {
  AuditEntry,
  AuditFilter,
  Me,
  NewAccount,
  OwnAccount,
  OwnSession,
  ProgramKey,
  SecondFactors,
  SecondMethod,
  SecondStep,
  SignInWays,
  Strength,
  TotpSecret,
  WantedKey,
} from './identity'
import type { Page } from './schemas'

/** What the second step is answered with. */
export type SecondAnswer =
  | { method: Exclude<SecondMethod, 'webauthn'>; code: string }
  | { method: 'webauthn'; credential: unknown }

export class IdentityApi extends Http {
  signInWays(): Promise<SignInWays> {
    return this.call('/auth/ways', { forAnybody: true })
  }

  me(): Promise<Me> {
    return this.call('/auth/me')
  }

  /** Gives what is still wanted, or null: signed in. The session comes as cookies that no script can read. */
  async login(email: string, password: string): Promise<SecondStep | null> {
    const body = { email, password, cookies: true }
    const { second } = await this.call<{ second: SecondStep | null }>('/auth/login', {
      method: 'POST',
      body,
      forAnybody: true,
    })
    return second
  }

  async loginSecond(challenge: string, answer: SecondAnswer): Promise<void> {
    const body = { challenge, ...answer, cookies: true }
    await this.call('/auth/login/second', { method: 'POST', body, forAnybody: true })
  }

  /** Gives where the browser has to go to end the session at the issuer too, or null. */
  async logout(everywhere: boolean): Promise<string | null> {
    const body = { everywhere }
    return (await this.call<{ redirect: string | null }>('/auth/logout', { method: 'POST', body })).redirect
  }

  async register(account: NewAccount): Promise<void> {
    await this.call('/auth/register', { method: 'POST', body: account, forAnybody: true })
  }

  async verify(token: string): Promise<void> {
    await this.call('/auth/verify', { method: 'POST', body: { token }, forAnybody: true })
  }

  async forgotten(email: string): Promise<void> {
    await this.call('/auth/password/forgotten', { method: 'POST', body: { email }, forAnybody: true })
  }

  async resetPassword(token: string, password: string): Promise<void> {
    await this.call('/auth/password/reset', { method: 'POST', body: { token, password }, forAnybody: true })
  }

  /** `about`: who will have the password, for a password should not be that. */
  strength(password: string, about: { email?: string; name?: string }, signal: AbortSignal): Promise<Strength> {
    const body = { password, ...about }
    return this.call('/auth/password/strength', { method: 'POST', body, signal, forAnybody: true })
  }

  async changePassword(old: string, wanted: string): Promise<void> {
    await this.call('/auth/password', { method: 'POST', body: { old, new: wanted } })
  }

  ownAccount(): Promise<OwnAccount> {
    return this.call('/auth/account')
  }

  ownSessions(): Promise<OwnSession[]> {
    return this.call('/auth/sessions')
  }

  async endSession(id: string): Promise<void> {
    await this.call(`/auth/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' })
  }

  secondFactors(): Promise<SecondFactors> {
    return this.call('/auth/second-factors')
  }

  newTotp(): Promise<TotpSecret> {
    return this.call('/auth/second-factors/totp', { method: 'POST' })
  }

  /** Gives recovery codes, when there were none. */
  async confirmTotp(code: string): Promise<string[]> {
    const body = { code }
    const path = '/auth/second-factors/totp/confirm'
    return (await this.call<{ recovery_codes: string[] }>(path, { method: 'POST', body })).recovery_codes
  }

  newPasskey(): Promise<PublicKeyCredentialCreationOptionsJSON> {
    return this.call('/auth/second-factors/webauthn/options', { method: 'POST' })
  }

  /** Gives recovery codes, when there were none. */
  async addPasskey(credential: unknown, name: string): Promise<string[]> {
    const body = { credential, name }
    const path = '/auth/second-factors/webauthn'
    return (await this.call<{ recovery_codes: string[] | null }>(path, { method: 'POST', body })).recovery_codes ?? []
  }

  async removeSecondFactor(id: string): Promise<void> {
    await this.call(`/auth/second-factors/${encodeURIComponent(id)}`, { method: 'DELETE' })
  }

  /** New ones; the old ones count no more. */
  async newRecoveryCodes(): Promise<string[]> {
    const path = '/auth/second-factors/recovery-codes'
    return (await this.call<{ recovery_codes: string[] }>(path, { method: 'POST' })).recovery_codes
  }

  programKeys(): Promise<ProgramKey[]> {
    return this.call('/auth/keys')
  }

  /** Gives the key as a program sends it; it is told this once. */
  async makeProgramKey(wanted: WantedKey): Promise<string> {
    return (await this.call<{ key: string }>('/auth/keys', { method: 'POST', body: wanted })).key
  }

  async revokeProgramKey(id: string): Promise<void> {
    await this.call(`/auth/keys/${encodeURIComponent(id)}`, { method: 'DELETE' })
  }

  audit(filter: AuditFilter, offset: number, limit: number, signal?: AbortSignal): Promise<Page<AuditEntry>> {
    return this.page('/audit', { query: { ...filter, offset, limit }, signal })
  }

  /** Address of what the filter finds as a file. */
  auditExportUrl(filter: AuditFilter, format: 'jsonl' | 'csv'): string {
    return this.environment.apiBase + withQuery('/audit/export', { format, ...filter })
  }
}
