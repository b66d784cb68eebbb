/** The files view: summary and rows, kept up to date while the view is open. */

import { reactive } from 'vue'

import { asApiError, type Api, type ApiError } from '../api'
import type { FileRow, FilesSummary, FileState } from '../schemas'
import { pause } from '../turn-stream'

/** How often to look (ms): while something runs its progress should be seen moving; else changes are rare. */
export const POLL_BUSY = 1000
export const POLL_IDLE = 10_000

export const PAGE_SIZE = 50

export interface FilesStore {
  state: {
    summary: FilesSummary | null
    rows: FileRow[]
    /** Rows that match the filter, on the server. */
    total: number
    filter: FileState | null
    name: string
    shown: number
    loading: boolean
    error: ApiError | null
    /** Ids of files whose retry was sent and not yet answered. */
    retrying: number[]
  }
  /** Keep up to date until `signal` is aborted. */
  watch(signal: AbortSignal): Promise<void>
  setFilter(filter: FileState | null): Promise<void>
  setName(name: string): Promise<void>
  showMore(): Promise<void>
  retry(fileId: number): Promise<void>
  retryAll(): Promise<void>
  lookForChanges(): Promise<void>
}

export function isBusy(summary: FilesSummary | null): boolean {
  return summary !== null && (summary.running > 0 || summary.waiting > 0 || summary.crawling)
}

export function createFilesStore(api: Api): FilesStore {
  const state = reactive<FilesStore['state']>({
    summary: null,
    rows: [],
    total: 0,
    filter: null,
    name: '',
    shown: PAGE_SIZE,
    loading: true,
    error: null,
    retrying: [],
  })
  // The newest request wins: an answer to an older filter must not overwrite a newer one's.
  let newest = 0

  async function refresh(): Promise<void> {
    const mine = ++newest
    try {
      const query = { state: state.filter, name: state.name, offset: 0, limit: state.shown }
      const [summary, page] = await Promise.all([api.filesSummary(), api.files(query)])
      if (mine === newest) {
        Object.assign(state, { summary, rows: page.items, total: page.total, error: null, loading: false })
      }
    } catch (error) {
      if (mine === newest) {
        state.error = asApiError(error)
        state.loading = false
      }
    }
  }

  async function act(action: () => Promise<unknown>): Promise<void> {
    try {
      await action()
    } catch (error) {
      state.error = asApiError(error)
      return
    }
    await refresh()
  }

  return {
    state,
    async watch(signal) {
      while (!signal.aborted) {
        await refresh()
        try {
          await pause(isBusy(state.summary) ? POLL_BUSY : POLL_IDLE, signal)
        } catch {
          return // the view was left
        }
      }
    },
    setFilter(filter) {
      Object.assign(state, { filter, shown: PAGE_SIZE, loading: true })
      return refresh()
    },
    setName(name) {
      Object.assign(state, { name, shown: PAGE_SIZE })
      return refresh()
    },
    showMore() {
      state.shown += PAGE_SIZE
      return refresh()
    },
    async retry(fileId) {
      state.retrying.push(fileId)
      await act(() => api.retryFile(fileId))
      state.retrying = state.retrying.filter((id) => id !== fileId)
    },
    retryAll: () => act(() => api.retryAllFiles()),
    lookForChanges: () => act(() => api.lookForChanges()),
  }
}
