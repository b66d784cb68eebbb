/** The cards of actions: each action once, as it stands, whichever exchange tells of it. */

import { reactive } from 'vue'

import { isUnderWay, type Action, type FieldValue } from '../action'
import { asApiError, type Api, type ApiError } from '../api'
import { pause } from '../turn-stream'

/** How often (ms) what goes on by itself is looked at: its clock is the server's, which may differ from ours. */
export const LOOK_EVERY = 2000

type Values = Record<string, FieldValue>

export interface CardsStore {
  state: {
    known: Record<string, Action>
    /** Ids of actions, or groups, that something was asked of and that did not answer yet. */
    busy: Record<string, boolean>
    /** What went wrong last with an action, or with a group, by its id. */
    errors: Record<string, ApiError | undefined>
  }
  /** Take over how actions stand. */
  keep(actions: readonly Action[]): void
  /** Give whether the values were taken. */
  edit(id: string, values: Values): Promise<boolean>
  /** Have it done, with these values in its fields. Gives whether it was. */
  confirm(id: string, values?: Values | null): Promise<boolean>
  dismiss(id: string): Promise<boolean>
  undo(id: string): Promise<boolean>
  confirmAll(group: string): Promise<boolean>
  dismissAll(group: string): Promise<boolean>
  /** Leave alone what went wrong last with an action. */
  forgive(id: string): void
  /** Look at an action again, for as long as it goes on by itself. */
  watch(id: string, signal: AbortSignal): Promise<void>
}

/** Random, also over plain http, where `crypto.randomUUID` is closed. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Whether the server said no. After anything else nobody knows whether it did what was asked. */
function isRefused(error: ApiError): boolean {
  return error.status >= 400 && error.status < 500
}

export function createCardsStore(api: Api): CardsStore {
  const state = reactive<CardsStore['state']>({ known: {}, busy: {}, errors: {} })
  // The keys of confirmations whose answer was lost: sent again with the next try, so that nothing is done twice.
  const keys = new Map<string, string>()

  function keep(actions: readonly Action[]): void {
    for (const action of actions) {
      state.known[action.id] = action
    }
  }

  async function refresh(ids: readonly string[], signal?: AbortSignal): Promise<void> {
    keep(await Promise.all(ids.map((id) => api.action(id, signal))))
  }

  const idsOf = (group: string): string[] =>
    Object.values(state.known)
      .filter((action) => action.group === group)
      .map((action) => action.id)

  /** Ask something of `id`, an action or a group; when it is refused, see how the actions `ids` stand now. */
  async function ask(id: string, ids: () => string[], request: () => Promise<Action[]>): Promise<boolean> {
    if (state.busy[id]) {
      return false
    }
    state.busy[id] = true
    state.errors[id] = undefined
    try {
      keep(await request())
      return true
    } catch (problem) {
      const error = asApiError(problem)
      if (error.code === 'CONFLICT') {
        // It is another one than the card showed. That it cannot be looked up now changes nothing about the refusal.
        await refresh(ids()).catch(() => undefined)
      }
      state.errors[id] = error
      return false
    } finally {
      state.busy[id] = false
    }
  }

  async function withKey<T>(id: string, request: (key: string) => Promise<T>): Promise<T> {
    const key = keys.get(id) ?? newKey()
    keys.set(id, key)
    try {
      const answer = await request(key)
      keys.delete(id)
      return answer
    } catch (error) {
      if (isRefused(asApiError(error))) {
        keys.delete(id)
      }
      throw error
    }
  }

  const one = (id: string, request: () => Promise<Action>): Promise<boolean> =>
    ask(
      id,
      () => [id],
      async () => [await request()],
    )

  return {
    state,
    keep,
    edit: (id, values) => one(id, () => api.editAction(id, values)),
    confirm: (id, values = null) => one(id, () => withKey(id, (key) => api.confirmAction(id, key, values))),
    dismiss: (id) => one(id, () => api.dismissAction(id)),
    undo: (id) => one(id, () => api.undoAction(id)),
    confirmAll: (group) =>
      ask(
        group,
        () => idsOf(group),
        () => withKey(group, (key) => api.confirmActions(group, key)),
      ),
    dismissAll: (group) =>
      ask(
        group,
        () => idsOf(group),
        () => api.dismissActions(group),
      ),
    forgive(id) {
      state.errors[id] = undefined
    },
    async watch(id, signal) {
      const goesOn = (): boolean => {
        const action = state.known[id]
        return action !== undefined && isUnderWay(action)
      }
      while (goesOn()) {
        try {
          await pause(LOOK_EVERY, signal)
          if (!state.busy[id]) {
            await refresh([id], signal)
          }
        } catch {
          if (signal.aborted) {
            return // the card is not shown any more
          }
        }
      }
    },
  }
}
