/** The search view: passages for words, without any language model. */

import { reactive } from 'vue'

import { asApiError, type Api, type ApiError } from '../api'
import type { SearchResult } from '../schemas'

const RESULTS = 20

export interface SearchStore {
  state: {
    /** What the shown results were searched for, null before the first search. */
    searched: string | null
    results: SearchResult[]
    loading: boolean
    error: ApiError | null
  }
  search(query: string): Promise<void>
}

export function createSearchStore(api: Api): SearchStore {
  const state = reactive<SearchStore['state']>({ searched: null, results: [], loading: false, error: null })
  let running = new AbortController()

  return {
    state,
    async search(query) {
      running.abort()
      running = new AbortController()
      const { signal } = running
      Object.assign(state, { loading: true, error: null })
      try {
        const { results } = await api.search(query, RESULTS, signal)
        if (!signal.aborted) {
          Object.assign(state, { results, searched: query })
        }
      } catch (error) {
        if (!signal.aborted) {
          Object.assign(state, { error: asApiError(error), results: [], searched: null })
        }
      } finally {
        if (!signal.aborted) {
          state.loading = false
        }
      }
    },
  }
}
