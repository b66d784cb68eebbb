/** How somebody talks, kept in their browser. */

import type { Mode } from './protocol'

const KEPT_AS = 'voiceassist-voice'

export interface Habits {
  mode: Mode
  /** Id of the microphone; empty for the usual one. */
  device: string
}

export function readHabits(): Habits {
  const usual: Habits = { mode: 'hands_free', device: '' }
  try {
    return { ...usual, ...(JSON.parse(localStorage.getItem(KEPT_AS) ?? '{}') as Partial<Habits>) }
  } catch {
    return usual // the browser keeps nothing, or not from us
  }
}

export function keepHabits(habits: Habits): void {
  try {
    localStorage.setItem(KEPT_AS, JSON.stringify(habits))
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}
