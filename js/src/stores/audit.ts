/** The audit as an auditor reads it: a filter, and a page of what it finds, the newest first. */

import { reactive } from 'vue'

import { asApiError, type Api, type ApiError } from '../api'
import type { AuditEntry, AuditFilter } from '../identity'

export const AUDIT_PAGE = 50

export interface AuditStore {
  state: {
    filter: AuditFilter
    entries: AuditEntry[]
    total: number
    offset: number
    loading: boolean
    error: ApiError | null
  }
  /** From the start, or from `offset` on. A later call counts; an earlier one's answer is thrown away. */
  load(offset?: number): Promise<void>
  search(filter: AuditFilter): Promise<void>
}

export function createAuditStore(api: Api): AuditStore {
  const state = reactive<AuditStore['state']>({
    filter: { user: '', kind: '', resource: '', since: '', until: '' },
    entries: [],
    total: 0,
    offset: 0,
    loading: false,
    error: null,
  })
  let asking = new AbortController()

  async function load(offset = 0): Promise<void> {
    asking.abort()
    asking = new AbortController()
    const { signal } = asking
    state.loading = true
    state.error = null
    try {
      const { items, total } = await api.audit(state.filter, offset, AUDIT_PAGE, signal)
      if (!signal.aborted) {
        Object.assign(state, { entries: items, total, offset, loading: false })
      }
    } catch (error) {
      if (!signal.aborted) {
        Object.assign(state, { error: asApiError(error), loading: false })
      }
    }
  }

  return {
    state,
    load,
    async search(filter) {
      state.filter = filter
      await load()
    },
  }
}
