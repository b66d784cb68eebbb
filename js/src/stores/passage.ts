/** The passage in the side panel. */

import { reactive } from 'vue'

import { asApiError, type Api, type ApiError } from '../api'
import type { Citation } from '../events'
import type { Passage } from '../schemas'
import type { Quote } from '../text/ranges'

/** A passage by its id, with what is known of it before it is loaded. */
export interface PassageRef {
  id: string
  title: string
  path: string
  /** What the reader asked: its words are highlighted. */
  question: string
  /** The words that carry the cited sentence; null when the passage comes from the search. */
  cited: Quote | null
  /** Where these words stand: a passage may hold several sections, and is called after the one that it begins in. */
  at?: Pick<Citation, 'section' | 'headings'>
}

export interface PassageStore {
  state: { shown: PassageRef | null; passage: Passage | null; error: ApiError | null }
  show(wanted: PassageRef): Promise<void>
  close(): void
}

export function refOfCitation(citation: Citation, question: string): PassageRef {
  const { passage_id: id, title, path, quote, start, end, section, headings } = citation
  return { id, title, path, question, cited: { quote, start, end }, at: { section, headings } }
}

export function createPassageStore(api: Api): PassageStore {
  const state = reactive<PassageStore['state']>({ shown: null, passage: null, error: null })
  let loading = new AbortController()
  // Where the focus goes back to when the panel closes.
  let opener: HTMLElement | null = null

  return {
    state,
    async show(wanted) {
      loading.abort()
      loading = new AbortController()
      const { signal } = loading
      opener = document.activeElement instanceof HTMLElement ? document.activeElement : null
      Object.assign(state, { shown: wanted, passage: null, error: null })
      try {
        const passage = await api.passage(wanted.id, wanted.question, signal)
        if (!signal.aborted) {
          state.passage = passage
        }
      } catch (error) {
        if (!signal.aborted) {
          state.error = asApiError(error)
        }
      }
    },
    close() {
      loading.abort()
      Object.assign(state, { shown: null, passage: null, error: null })
      opener?.focus()
      opener = null
    },
  }
}
