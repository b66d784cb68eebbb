/** The list of conversations in the navigation. */

import { reactive } from 'vue'

import { asApiError, type Api, type ApiError } from '../api'
import type { ConversationSummary } from '../schemas'

/** The newest ones are shown; older ones stay reachable by their address. */
const SHOWN = 100

export interface ConversationsStore {
  state: { items: ConversationSummary[]; error: ApiError | null }
  load(): Promise<void>
  rename(id: string, title: string): Promise<void>
  remove(id: string): Promise<void>
}

export function createConversationsStore(api: Api): ConversationsStore {
  const state = reactive<ConversationsStore['state']>({ items: [], error: null })

  async function attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action()
      state.error = null
    } catch (error) {
      state.error = asApiError(error)
    }
  }

  return {
    state,
    load: () =>
      attempt(async () => {
        state.items = (await api.conversations(SHOWN)).items
      }),
    rename: (id, title) =>
      attempt(async () => {
        const renamed = state.items.find((item) => item.id === id)
        await api.renameConversation(id, title)
        if (renamed) {
          renamed.title = title
        }
      }),
    remove: (id) =>
      attempt(async () => {
        await api.deleteConversation(id)
        state.items = state.items.filter((item) => item.id !== id)
      }),
  }
}
