/** In which language is spoken: the page's, or English where no engine hears that one. */

import type { Api } from '../api'
import { readerLanguage } from '../l10n'

import type { VoiceInfo } from './protocol'

/** What an engine that is built in hears. */
const ALWAYS = 'en'

export interface Spoken {
  language: string
  info: VoiceInfo
}

/** Who hears and speaks, and in which language. Raises `ApiError` where nobody does. */
export async function spokenHere(api: Api): Promise<Spoken> {
  const wanted = readerLanguage()
  try {
    return { language: wanted, info: await api.voice(wanted) }
  } catch (error) {
    if (wanted === ALWAYS) {
      throw error
    }
    return { language: ALWAYS, info: await api.voice(ALWAYS) }
  }
}
