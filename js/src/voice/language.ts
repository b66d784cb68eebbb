/** In which language is spoken: the chosen one, or the page's, or English where no engine hears that one. */

import { getCanonicalLocale } from '@nextcloud/l10n'

import type { Api } from '../api'
import { readerLanguage } from '../l10n'

import type { VoiceInfo, VoicePreferences } from './protocol'

/** What an engine that is built in hears. */
export const ALWAYS = 'en'

export interface Spoken {
  /** The language that the user would speak, and the one that is heard. */
  wanted: string
  language: string
  info: VoiceInfo
  preferences: VoicePreferences
}

/** Who hears and speaks, and in which language. Raises `ApiError` where nobody does. */
export async function spokenHere(api: Api): Promise<Spoken> {
  const preferences = await api.voicePreferences()
  const wanted = preferences.language || readerLanguage()
  try {
    return { wanted, language: wanted, info: await api.voice(wanted), preferences }
  } catch (error) {
    if (wanted === ALWAYS) {
      throw error
    }
    return { wanted, language: ALWAYS, info: await api.voice(ALWAYS), preferences }
  }
}

/** The name of a language (ISO 639-1) as readers know it. */
export function languageInWords(language: string): string {
  return new Intl.DisplayNames([getCanonicalLocale()], { type: 'language' }).of(language) ?? language
}

/** The voices to choose from: those named after the language, if any are, and the one that is chosen. */
export function voicesFor(language: string, voices: readonly string[], chosen: string): string[] {
  const own = voices.filter((voice) => voice.toLowerCase().split(/[-_]/)[0] === language)
  const offered = own.length > 0 ? own : [...voices]
  return chosen === '' || offered.includes(chosen) ? offered : [chosen, ...offered]
}
