/** What questions are narrowed to: files and folders by name, and stored ones whose names cannot be had. */

import { reactive, toRaw } from 'vue'

import { asApiError, type Api, type ApiError } from '../api'
import type { FolderEntry, Scope } from '../schemas'

/** A scope that narrows nothing. */
export const EVERYTHING: Scope = { file_ids: [], folder_ids: [] }

/** The server looks up so many at a time; of a longer scope the rest is only counted. */
const NAMED = 64

export interface ScopeStore {
  state: {
    chosen: FolderEntry[]
    /** The part of a stored scope that has no name here: too long, unreadable by now, or not looked up yet. */
    unnamed: Scope
    /** How many of the files that the reader came with cannot be read. */
    missing: number
    loading: boolean
    /** Why the files that the reader came with could not be looked up. Nothing may be asked without them. */
    error: ApiError | null
  }
  current(): Scope
  clear(): void
  /** Take over the scope of a stored conversation. It holds at once, the names come when they are known. */
  keep(scope: Scope): Promise<void>
  /** Narrow to the files and folders with these ids, as far as they can be read. */
  pick(ids: readonly number[]): Promise<void>
  forgetUnnamed(): void
}

export function sizeOf(scope: Scope): number {
  return scope.file_ids.length + scope.folder_ids.length
}

const idsOf = (entries: readonly FolderEntry[], folders: boolean): number[] =>
  entries.filter((entry) => entry.is_folder === folders).map((entry) => entry.file_id)

export function createScopeStore(api: Api): ScopeStore {
  const state = reactive<ScopeStore['state']>({
    chosen: [],
    unnamed: EVERYTHING,
    missing: 0,
    loading: false,
    error: null,
  })
  // An answer for a scope that was left meanwhile is dropped.
  let newest = 0

  function reset(unnamed: Scope): number {
    Object.assign(state, { chosen: [], unnamed, missing: 0, loading: false, error: null })
    return ++newest
  }

  return {
    state,
    current: () => ({
      file_ids: [...idsOf(state.chosen, false), ...state.unnamed.file_ids],
      folder_ids: [...idsOf(state.chosen, true), ...state.unnamed.folder_ids],
    }),
    clear() {
      reset(EVERYTHING)
    },
    async keep(scope) {
      const mine = reset(scope)
      if (sizeOf(scope) === 0) {
        return
      }
      let found: FolderEntry[]
      try {
        found = await api.nodes([...scope.folder_ids, ...scope.file_ids].slice(0, NAMED))
      } catch {
        return // the scope holds without names
      }
      // What was taken off meanwhile stays off.
      if (mine === newest && toRaw(state.unnamed) === toRaw(scope)) {
        const known = new Set(found.map((entry) => entry.file_id))
        const rest = (ids: number[]): number[] => ids.filter((id) => !known.has(id))
        state.chosen = [...found, ...state.chosen.filter((entry) => !known.has(entry.file_id))]
        state.unnamed = { file_ids: rest(scope.file_ids), folder_ids: rest(scope.folder_ids) }
      }
    },
    async pick(ids) {
      const mine = reset(EVERYTHING)
      state.loading = true
      try {
        const found = await api.nodes(ids.slice(0, NAMED))
        if (mine === newest) {
          Object.assign(state, { chosen: found, missing: ids.length - found.length, loading: false })
        }
      } catch (error) {
        if (mine === newest) {
          Object.assign(state, { error: asApiError(error), loading: false })
        }
      }
    },
    forgetUnnamed() {
      state.unnamed = EVERYTHING
    },
  }
}
