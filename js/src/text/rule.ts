/** A recurrence rule (RFC 5545, 3.3.10) in the words of the reader. */

import { getCanonicalLocale } from '@nextcloud/l10n'

import { n, t } from '../l10n'

import { wallDate } from './wall'

const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']

/** A Monday, from which the names of the days of the week are counted. */
const MONDAY = Date.UTC(2024, 0, 1)
const DAY = 24 * 60 * 60 * 1000

function weekday(code: string): string {
  const day = new Date(MONDAY + WEEKDAYS.indexOf(code) * DAY)
  return day.toLocaleDateString(getCanonicalLocale(), { weekday: 'long', timeZone: 'UTC' })
}

function listed(words: readonly string[]): string {
  return new Intl.ListFormat(getCanonicalLocale(), { type: 'conjunction' }).format(words)
}

function everyIn(frequency: string, interval: number): string | null {
  const once = interval === 1
  switch (frequency) {
    case 'HOURLY':
      return once ? t('voiceassist', 'Every hour') : t('voiceassist', 'Every {count} hours', { count: interval })
    case 'DAILY':
      return once ? t('voiceassist', 'Every day') : t('voiceassist', 'Every {count} days', { count: interval })
    case 'WEEKLY':
      return once ? t('voiceassist', 'Every week') : t('voiceassist', 'Every {count} weeks', { count: interval })
    case 'MONTHLY':
      return once ? t('voiceassist', 'Every month') : t('voiceassist', 'Every {count} months', { count: interval })
    case 'YEARLY':
      return once ? t('voiceassist', 'Every year') : t('voiceassist', 'Every {count} years', { count: interval })
    default:
      return null
  }
}

/** "MO,WE", or "1MO" and "-1FR" within a month. Null for what has no words here. */
function onDays(byDay: string): string | null {
  const days = byDay.split(',').map((part) => /^(-?\d+)?([A-Z]{2})$/.exec(part))
  if (days.some((day) => day === null || !WEEKDAYS.includes(day[2] ?? ''))) {
    return null
  }
  if (days.every((day) => day?.[1] === undefined)) {
    return t('voiceassist', 'on {days}', { days: listed(days.map((day) => weekday(day?.[2] ?? ''))) })
  }
  const [only] = days
  if (days.length > 1 || !only?.[1]) {
    return null
  }
  const day = weekday(only[2] ?? '')
  return only[1] === '-1'
    ? t('voiceassist', 'on the last {day}', { day })
    : t('voiceassist', 'on {day} number {place}', { day, place: only[1] })
}

function ending(parts: ReadonlyMap<string, string>): string {
  const until = /^(\d{4})(\d{2})(\d{2})/.exec(parts.get('UNTIL') ?? '')
  if (until) {
    return t('voiceassist', 'until {date}', { date: wallDate(until.slice(1).join('-')) })
  }
  const count = Number(parts.get('COUNT') ?? 0)
  return count > 0 ? n('voiceassist', '%n time', '%n times', count) : ''
}

/** What the words below say; a rule with anything else is shown as it is written, which is better than half of it. */
const SAID = new Set(['FREQ', 'INTERVAL', 'BYDAY', 'BYMONTHDAY', 'UNTIL', 'COUNT', 'WKST'])

export function ruleInWords(rule: string): string {
  const parts = new Map(rule.replace(/^RRULE:/, '').split(';').map((part) => part.split('=', 2) as [string, string]))
  const every = everyIn(parts.get('FREQ') ?? '', Number(parts.get('INTERVAL') ?? 1))
  const byDay = parts.has('BYDAY') ? onDays(parts.get('BYDAY') ?? '') : ''
  if (every === null || byDay === null || ![...parts.keys()].every((name) => SAID.has(name))) {
    return rule
  }
  const monthDay = parts.get('BYMONTHDAY')
  const byMonthDay =
    monthDay === undefined ? '' : t('voiceassist', 'on day {days}', { days: listed(monthDay.split(',')) })
  return [[every, byDay, byMonthDay].filter(Boolean).join(' '), ending(parts)].filter(Boolean).join(', ')
}
