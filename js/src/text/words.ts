/** Facts of the API in the words of the reader. */

import { getCanonicalLocale } from '@nextcloud/l10n'

import type { ApiError } from '../api'
import { t } from '../l10n'
import type { FileState } from '../schemas'

/** Where something stands in its file; `time` (seconds) in a recording, and absent in what was kept before there was any. */
export interface Place {
  page: number | null
  section: string | null
  time?: number | null
}

/** "Page 3", "At 12:34", "Section: Findings", or an empty text where the format has none of them. */
export function placeIn({ page, section, time }: Place): string {
  if (page !== null) {
    return t('voiceassist', 'Page {page}', { page })
  }
  if (typeof time === 'number') {
    return t('voiceassist', 'At {time}', { time: position(time) })
  }
  return section ? t('voiceassist', 'Section: {section}', { section }) : ''
}

/** So many seconds into a recording as players show it: "12:34", "1:02:03". */
export function position(time: number): string {
  const hours = Math.floor(time / 3600)
  const minutes = Math.floor(time / 60) % 60
  const seconds = `${Math.floor(time) % 60}`.padStart(2, '0')
  return hours > 0 ? `${hours}:${`${minutes}`.padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`
}

/** The headings above a section that lead to it, "Leave › Parental leave" without the section itself; or an empty text. */
export function above(headings: readonly string[] | undefined, section: string | null): string {
  return (headings ?? []).filter((heading) => heading !== section).join(' › ')
}

export function stateName(state: FileState): string {
  switch (state) {
    case 'indexed':
      return t('voiceassist', 'Indexed')
    case 'waiting':
      return t('voiceassist', 'Waiting')
    case 'running':
      return t('voiceassist', 'Being read')
    case 'failed':
      return t('voiceassist', 'Failed')
    case 'skipped':
      return t('voiceassist', 'Skipped')
  }
}

/** A step of a turn. A step that is not known here keeps the server's name. */
export function stepName(name: string): string {
  switch (name) {
    case 'understand':
      return t('voiceassist', 'Reading the question')
    case 'retrieve':
      return t('voiceassist', 'Finding passages')
    case 'clarify':
      return t('voiceassist', 'Looking for several meanings')
    case 'write':
      return t('voiceassist', 'Writing and checking')
    case 'check':
      return t('voiceassist', 'Checking once more')
    case 'extract':
      return t('voiceassist', 'Picking sentences')
    case 'read':
      return t('voiceassist', 'Reading the files')
    default:
      return name
  }
}

/** What the reader can do about an error. The server's own message says what was wrong; of some it says all. */
export function adviceFor(error: ApiError): string {
  switch (error.code) {
    case 'UNREACHABLE':
      return t('voiceassist', 'Check your connection and that VoiceAssist is running, then try again.')
    case 'UNAVAILABLE':
      return t('voiceassist', 'A part of VoiceAssist is not ready. Wait a moment, then try again.')
    case 'RATE_LIMITED':
      return error.retryAfter
        ? t('voiceassist', 'Try again in {seconds} seconds.', { seconds: error.retryAfter })
        : t('voiceassist', 'Wait a moment, then try again.')
    case 'UNAUTHORIZED':
    case 'TOKEN_EXPIRED':
    case 'TOKEN_REVOKED':
      return t('voiceassist', 'Your session has ended. Sign in again, then try once more.')
    case 'FORBIDDEN':
      return t('voiceassist', 'Ask your administrator for access.')
    case 'NOT_FOUND':
      return t('voiceassist', 'It may have been moved, deleted or no longer be shared with you.')
    case 'CONFLICT':
    case 'INVALID_CREDENTIALS':
    case 'WEAK_PASSWORD':
      return ''
    case 'VALIDATION_ERROR':
      return t('voiceassist', 'Change it and try again.')
    default:
      return error.requestId
        ? t('voiceassist', 'Try again. If it happens again, tell your administrator this number: {id}', {
            id: error.requestId,
          })
        : t('voiceassist', 'Try again. If it happens again, tell your administrator.')
  }
}

/** A date and time as the reader writes them. */
export function moment(iso: string | null): string {
  if (!iso) {
    return ''
  }
  return new Date(iso).toLocaleString(getCanonicalLocale(), { dateStyle: 'medium', timeStyle: 'short' })
}

export function seconds(value: number): string {
  return t('voiceassist', '{seconds} s', {
    seconds: value.toLocaleString(getCanonicalLocale(), { maximumFractionDigits: value < 10 ? 1 : 0 }),
  })
}

/** A number; one below 1, as a cost may be, with the digits that tell something. */
export function amount(value: number): string {
  return value.toLocaleString(getCanonicalLocale(), value < 1 ? { maximumSignificantDigits: 2 } : {})
}

/** A file's size in the unit that a person would pick. */
export function fileSize(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = (bytes / 1000 ** power).toLocaleString(getCanonicalLocale(), { maximumFractionDigits: power ? 1 : 0 })
  return `${value} ${units[power]}`
}
