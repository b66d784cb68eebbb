/** The user's reminders, kept up to date while the page is open: what is due is counted in the navigation. */

import { reactive } from 'vue'

import { asApiError, type Api, type ApiError } from '../api'
import type { Reminder, ReminderState } from '../schemas'
import { pause } from '../turn-stream'

/** How often (ms) to look: reminders are set to the minute. */
export const LOOK_EVERY = 30_000

/** Nobody reads more of them; what is due comes first. */
const SHOWN = 200

export interface RemindersStore {
  state: {
    items: Reminder[]
    /** All of them, on the server. */
    total: number
    loading: boolean
    error: ApiError | null
    /** Ids of those whose dismissal was sent and not yet answered. */
    dismissing: string[]
  }
  /** Keep up to date until `signal` is aborted. */
  watch(signal: AbortSignal): Promise<void>
  load(): Promise<void>
  dismiss(id: string): Promise<void>
  in(state: ReminderState): Reminder[]
}

export function createRemindersStore(api: Api): RemindersStore {
  const state = reactive<RemindersStore['state']>({ items: [], total: 0, loading: true, error: null, dismissing: [] })
  // The newest request wins.
  let newest = 0

  async function load(): Promise<void> {
    const mine = ++newest
    try {
      const { items, total } = await api.reminders(SHOWN)
      if (mine === newest) {
        Object.assign(state, { items, total, error: null, loading: false })
      }
    } catch (error) {
      if (mine === newest) {
        Object.assign(state, { error: asApiError(error), loading: false })
      }
    }
  }

  return {
    state,
    load,
    in: (wanted) => state.items.filter((reminder) => reminder.state === wanted),
    async watch(signal) {
      while (!signal.aborted) {
        await load()
        try {
          await pause(LOOK_EVERY, signal)
        } catch {
          return // the page was left
        }
      }
    },
    async dismiss(id) {
      state.dismissing.push(id)
      try {
        await api.dismissReminder(id)
        await load()
      } catch (error) {
        state.error = asApiError(error)
      }
      state.dismissing = state.dismissing.filter((other) => other !== id)
    },
  }
}
