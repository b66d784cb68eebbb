/** Wall-clock times and dates as the API writes them, "2026-03-14T15:00" and "2026-03-14", in the words of the reader. */

import { getCanonicalLocale } from '@nextcloud/l10n'

const MOMENT = /^(\d{4}-\d{2}-\d{2})?T(\d{2}:\d{2})?/

/** The date and the time of day of a moment; empty where one is not written yet. Seconds and an offset are left out. */
export function partsOf(moment: string): { date: string; time: string } {
  const match = MOMENT.exec(moment)
  return { date: match?.[1] ?? '', time: match?.[2] ?? '' }
}

/** A moment on the clock of its own time zone, wherever the reader is. */
export function wallMoment(moment: string): string {
  const { date, time } = partsOf(moment)
  // What the clock shows is written as if it were UTC, so that nothing moves it into the reader's zone.
  const shown = new Date(`${date}T${time}Z`)
  return Number.isNaN(shown.getTime())
    ? moment
    : shown.toLocaleString(getCanonicalLocale(), { dateStyle: 'full', timeStyle: 'short', timeZone: 'UTC' })
}

export function wallDate(date: string): string {
  const shown = new Date(`${date}T00:00Z`)
  return Number.isNaN(shown.getTime())
    ? date
    : shown.toLocaleDateString(getCanonicalLocale(), { dateStyle: 'full', timeZone: 'UTC' })
}

/** `moment`, or a date, moved by what lies between `from` and `to`. As it is where one of them is not complete. */
export function movedAlong(moment: string, from: string, to: string): string {
  const [at, before, after] = [moment, from, to].map((text) => Date.parse(text.includes('T') ? `${text}Z` : text))
  const moved = new Date((at ?? 0) + (after ?? 0) - (before ?? 0))
  return Number.isNaN(moved.getTime()) ? moment : moved.toISOString().slice(0, moment.length)
}
