/** Facts of a spoken conversation in the words of the reader. */

import { THIS_MACHINE } from '../events'
import { t } from '../l10n'

import type { Engine, SessionState } from './protocol'

export function stateInWords(state: SessionState): string {
  switch (state) {
    case 'listening':
      return t('voiceassist', 'Listening')
    case 'hearing':
      return t('voiceassist', 'Hearing you')
    case 'thinking':
      return t('voiceassist', 'Thinking')
    case 'speaking':
      return t('voiceassist', 'Speaking')
    case 'muted':
      return t('voiceassist', 'Muted')
    case 'waiting':
      return t('voiceassist', 'Waiting')
  }
}

/** Where the sound goes that an engine hears. */
export function soundGoesTo(engine: Engine): string {
  return engine.data_goes_to === THIS_MACHINE
    ? t('voiceassist', 'Your voice stays on this server.')
    : t('voiceassist', 'Your voice goes to {place}.', { place: engine.data_goes_to })
}

/** Where the words go that an engine speaks. */
export function wordsGoTo(engine: Engine): string {
  return engine.data_goes_to === THIS_MACHINE
    ? t('voiceassist', 'Answers are spoken on this server.')
    : t('voiceassist', 'Answers go to {place} to be spoken.', { place: engine.data_goes_to })
}
