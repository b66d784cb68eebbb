/** The list of conversations in the navigation. */

import { reactive } from 'vue'

import { asApiError, type Api, type ApiError } from '../api'
import type { ConversationSummary } from '../schemas'

/** The newest ones are shown; older ones are found by their words. */
const SHOWN = 100

export interface ConversationsStore {
  state: { items: ConversationSummary[]; words: string; error: ApiError | null }
  load(): Promise<void>
  /** Show only those in which all the words occur; all of them again for an empty text. */
  search(words: string): Promise<void>
  rename(id: string, title: string): Promise<void>
  remove(id: string): Promise<void>
  /** Begin a conversation with all up to an answer of another one. Gives its id, null when it was refused. */
  branch(id: string, turnId: string): Promise<string | null>
}

export function createConversationsStore(api: Api): ConversationsStore {
  const state = reactive<ConversationsStore['state']>({ items: [], words: '', error: null })
  // The newest request wins: what was found for older words must not overwrite what was found for newer ones.
  let newest = 0

  async function attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action()
      state.error = null
    } catch (error) {
      state.error = asApiError(error)
    }
  }

  const load = (): Promise<void> =>
    attempt(async () => {
      const mine = ++newest
      const { items } = await api.conversations(SHOWN, state.words)
      if (mine === newest) {
        state.items = items
      }
    })

  return {
    state,
    load,
    search(words) {
      state.words = words
      return load()
    },
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
    async branch(id, turnId) {
      try {
        const branch = await api.branchConversation(id, turnId)
        await load()
        return branch.id
      } catch (error) {
        state.error = asApiError(error)
        return null
      }
    },
  }
}
