import { describe, expect, test } from 'vitest'

import { ApiError } from '../api'
import type { FolderEntry } from '../schemas'
import { createScopeStore, EVERYTHING } from '../stores/scope'

import { fakeApi } from './fakes'

const letter: FolderEntry = { file_id: 7, path: '/Letters/Letter.txt', name: 'Letter.txt', is_folder: false }
const letters: FolderEntry = { file_id: 8, path: '/Letters', name: 'Letters', is_folder: true }

function storeOf(...found: FolderEntry[]): ReturnType<typeof createScopeStore> {
  return createScopeStore(fakeApi({ nodes: (ids) => Promise.resolve(found.filter((one) => ids.includes(one.file_id))) }))
}

describe('the scope of questions', () => {
  test('of picked files and folders tells them apart and says how many are left out', async () => {
    const store = storeOf(letter, letters)
    await store.pick([7, 8, 9])
    expect(store.current()).toEqual({ file_ids: [7], folder_ids: [8] })
    expect(store.state.missing).toBe(1)
  })

  test('of a stored conversation holds before its names are known, and where they cannot be had', async () => {
    const store = createScopeStore(fakeApi({ nodes: () => Promise.reject(new ApiError('UNAVAILABLE', 'gone')) }))
    const stored = { file_ids: [7], folder_ids: [8] }
    const naming = store.keep(stored)
    expect(store.current()).toEqual(stored)
    await naming
    expect(store.current()).toEqual(stored)
    expect(store.state.error).toBeNull()
  })

  test('of a stored conversation keeps what can no longer be read, without a name', async () => {
    const store = storeOf(letters)
    await store.keep({ file_ids: [7], folder_ids: [8] })
    expect(store.state.chosen).toEqual([letters])
    expect(store.state.unnamed).toEqual({ file_ids: [7], folder_ids: [] })
    expect(store.current()).toEqual({ file_ids: [7], folder_ids: [8] })
    store.forgetUnnamed()
    expect(store.current()).toEqual({ file_ids: [], folder_ids: [8] })
  })

  test('asks for the names of no more than the server looks up', async () => {
    let asked = 0
    const store = createScopeStore(
      fakeApi({
        nodes: (ids) => {
          asked = ids.length
          return Promise.resolve([])
        },
      }),
    )
    const many = Array.from({ length: 100 }, (_, index) => index + 1)
    await store.keep({ file_ids: many, folder_ids: [] })
    expect(asked).toBe(64)
    expect(store.current().file_ids).toEqual(many)
  })

  test('of picked files that cannot be looked up blocks asking about everything by mistake', async () => {
    const store = createScopeStore(fakeApi({ nodes: () => Promise.reject(new ApiError('UNAVAILABLE', 'gone')) }))
    const looking = store.pick([7])
    expect(store.state.loading).toBe(true)
    await looking
    expect(store.state.error?.code).toBe('UNAVAILABLE')
    store.clear()
    expect(store.state.error).toBeNull()
  })

  test('is that of the place one went to last, however late an answer comes', async () => {
    let answer: (found: FolderEntry[]) => void = () => undefined
    const store = createScopeStore(fakeApi({ nodes: () => new Promise((resolve) => (answer = resolve)) }))
    const looking = store.pick([7])
    store.clear()
    answer([letter])
    await looking
    expect(store.current()).toEqual(EVERYTHING)
  })
})
