/**
 * Translation for text that Vue puts into text nodes and attributes: nothing is escaped here, since Vue escapes. Has
 * the signature of `@nextcloud/l10n`, so that tools that collect translatable texts find ours.
 */

import { getLanguage, register, translate, translatePlural } from '@nextcloud/l10n'

import { APP_ID } from '../environment'
import { german } from './de'

type Values = Record<string, string | number>

const AS_TEXT = { escape: false, sanitize: false } as const

export function t(app: typeof APP_ID, text: string, values: Values = {}): string {
  return translate(app, text, values, AS_TEXT)
}

export function n(app: typeof APP_ID, one: string, many: string, count: number, values: Values = {}): string {
  return translatePlural(app, one, many, count, values, AS_TEXT)
}

/** The language of the page, without its country. */
export function readerLanguage(): string {
  return getLanguage().split(/[-_]/)[0] ?? 'en'
}

/** Load the texts of the reader's language ("de", "de-AT", "de_DE"), where we have it. */
export function registerTranslations(): void {
  if (readerLanguage() === 'de') {
    register(APP_ID, german)
  }
}
