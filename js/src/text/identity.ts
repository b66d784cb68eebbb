/** Who somebody is and how they came, in the words of the reader. */

import type { AuditEntry, Role, Way } from '../identity'
import { t } from '../l10n'

export function roleName(role: Role): string {
  switch (role) {
    case 'user':
      return t('voiceassist', 'User')
    case 'medical_staff':
      return t('voiceassist', 'Medical staff')
    case 'auditor':
      return t('voiceassist', 'Auditor')
    case 'admin':
      return t('voiceassist', 'Administrator')
  }
}

export function wayName(way: Way): string {
  switch (way) {
    case 'visitor':
      return t('voiceassist', 'Without signing in')
    case 'appapi':
      return t('voiceassist', 'Signed in at Nextcloud')
    case 'oidc':
    case 'bearer':
      return t('voiceassist', 'Signed in at an identity provider')
    case 'account':
      return t('voiceassist', 'Signed in with a local account')
    case 'service':
      return t('voiceassist', 'A program')
  }
}

export function outcomeName(outcome: AuditEntry['outcome']): string {
  switch (outcome) {
    case 'success':
      return t('voiceassist', 'Done')
    case 'refused':
      return t('voiceassist', 'Refused')
    case 'failed':
      return t('voiceassist', 'Failed')
  }
}

/** Why a sign-in at an issuer failed, by the code that the server gives. */
export function signInProblem(code: string): string {
  switch (code) {
    case 'FORBIDDEN':
      return t('voiceassist', 'The sign-in was cancelled, or VoiceAssist is not open to you.')
    case 'RATE_LIMITED':
      return t('voiceassist', 'Too many people or tries at once. Wait a moment, then try again.')
    case 'UNAVAILABLE':
      return t('voiceassist', 'The identity provider does not answer. Wait a moment, then try again.')
    default:
      return t('voiceassist', 'The sign-in did not succeed. Try again.')
  }
}

/** The order matters: a browser also names those that it descends from. */
const BROWSERS = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Chrome|CriOS)\//],
  ['Safari', /\bSafari\//],
] as const
const SYSTEMS = [
  ['Android', /\bAndroid\b/],
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b/],
  ['Linux', /\bLinux\b/],
] as const

/** "Firefox, Windows" of a User-Agent header; of one that is no browser's, its own first word. */
export function clientName(agent: string): string {
  const found = [BROWSERS, SYSTEMS].map((known) => known.find(([, sign]) => sign.test(agent))?.[0])
  const name = found.filter((part) => part !== undefined).join(', ')
  return name || agent.split(/[\s/]/)[0] || t('voiceassist', 'Unknown')
}
