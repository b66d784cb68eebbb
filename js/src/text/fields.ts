/** The value of an action's field in the words of the reader. */

import type { ActionField, Person } from '../action'
import { n, t } from '../l10n'

import { ruleInWords } from './rule'
import { wallDate, wallMoment } from './wall'

const MINUTES_IN = { day: 24 * 60, hour: 60 } as const

export function minutesInWords(minutes: number): string {
  if (minutes > 0 && minutes % MINUTES_IN.day === 0) {
    return n('voiceassist', '%n day', '%n days', minutes / MINUTES_IN.day)
  }
  if (minutes > 0 && minutes % MINUTES_IN.hour === 0) {
    return n('voiceassist', '%n hour', '%n hours', minutes / MINUTES_IN.hour)
  }
  return n('voiceassist', '%n minute', '%n minutes', minutes)
}

export function peopleOf(field: ActionField): Person[] {
  return Array.isArray(field.value) ? field.value : []
}

export function personInWords({ name, address }: Person): string {
  if (name === '' || address === '') {
    return name || address || t('voiceassist', 'Somebody')
  }
  return `${name} <${address}>`
}

/** Of a field without a value an empty text. */
export function fieldInWords(field: ActionField): string {
  const { kind, value } = field
  if (kind === 'yes_no') {
    return value === true ? t('voiceassist', 'Yes') : t('voiceassist', 'No')
  }
  if (typeof value === 'number') {
    return kind === 'minutes' ? minutesInWords(value) : String(value)
  }
  if (typeof value !== 'string' || value === '') {
    return peopleOf(field).map(personInWords).join(', ')
  }
  switch (kind) {
    case 'moment':
      return wallMoment(value)
    case 'date':
      return wallDate(value)
    case 'rule':
      return ruleInWords(value)
    case 'choice':
      return field.options.find((option) => option.value === value)?.label ?? value
    default:
      return value
  }
}
