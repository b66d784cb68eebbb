import { describe, expect, test, vi } from 'vitest'

import { ApiError } from '../api'
import type { TurnEvent } from '../events'
import type { Conversation, ConversationSummary, FileRow, FilesSummary, Passage, SearchResult } from '../schemas'
import { createChatStore, exchangesOf, type Exchange } from '../stores/chat'
import { createConversationsStore } from '../stores/conversations'
import { EVERYTHING } from '../stores/scope'
import { createFilesStore, isBusy, PAGE_SIZE } from '../stores/files'
import { createPassageStore, refOfCitation } from '../stores/passage'
import { createSearchStore } from '../stores/search'
import type { Patience } from '../turn-stream'

import { ANSWERED, citation, fakeApi, settle, stored } from './fakes'

const PATIENCE: Patience = { firstEvent: 50, silence: 50, retries: [1], emptyPoll: 1 }
const STARTED: TurnEvent = { type: 'turn.started', turn_id: 't1', seq: 1, conversation_id: 'c1' }
const FOUND: TurnEvent = { type: 'retrieval.done', turn_id: 't1', seq: 2, passages: 8, seconds: 0.1 }
const CITED: TurnEvent = { type: 'citation', turn_id: 't1', seq: 3, ...citation(1) }
const DELTA: TurnEvent = { type: 'answer.delta', turn_id: 't1', seq: 4, text: 'Check ' }

const summary = (counts: Partial<FilesSummary> = {}): FilesSummary => ({
  total: 1,
  indexed: 1,
  waiting: 0,
  running: 0,
  failed: 0,
  skipped: 0,
  chunks: 9,
  crawling: false,
  last_crawl_at: null,
  error: null,
  ...counts,
})

function conversationOf(messages: Conversation['messages']): Conversation {
  return { id: 'c1', title: 'INR', created_at: '', updated_at: '', scope: EVERYTHING, messages }
}

/** A promise that a test fulfils when it wants to. */
function later<T>(): { promise: Promise<T>; give: (value: T) => void } {
  let give: (value: T) => void = () => undefined
  const promise = new Promise<T>((resolve) => {
    give = resolve
  })
  return { promise, give }
}

describe('the chat', () => {
  test('asks, shows what comes, and ends with what the last event says', async () => {
    const rest = later<{ events: TurnEvent[]; done: boolean }>()
    const opened = vi.fn()
    const store = createChatStore(
      fakeApi({
        startTurn: () => Promise.resolve({ turn_id: 't1', conversation_id: 'c1' }),
        pollEvents: (_id, after) =>
          after === null ? Promise.resolve({ events: [STARTED, FOUND, CITED, DELTA], done: false }) : rest.promise,
      }),
      opened,
      PATIENCE,
    )
    const asking = store.ask('When?', EVERYTHING)
    await settle()
    expect(store.chat.exchanges[0]).toMatchObject({ question: 'When?', state: 'answering', text: 'Check ', passages: 8 })
    expect(store.chat.exchanges[0]?.citations).toHaveLength(1)
    expect(store.busy()).toBe(true)

    rest.give({ events: [ANSWERED], done: true })
    await asking
    expect(store.chat.exchanges[0]).toMatchObject({ state: 'done', text: 'Check the INR. [1]', took: 0.4 })
    expect(store.busy()).toBe(false)
    expect(opened).toHaveBeenCalledExactlyOnceWith('c1')
  })

  test('goes on in the same conversation', async () => {
    const startTurn = vi.fn(() => Promise.resolve({ turn_id: 't1', conversation_id: 'c1' }))
    const store = createChatStore(
      fakeApi({ startTurn, pollEvents: () => Promise.resolve({ events: [ANSWERED], done: true }) }),
      () => undefined,
      PATIENCE,
    )
    await store.ask('One?', EVERYTHING)
    await store.ask('Two?', { file_ids: [7], folder_ids: [] })
    expect(startTurn.mock.calls).toEqual([
      ['One?', null, EVERYTHING, null],
      ['Two?', 'c1', { file_ids: [7], folder_ids: [] }, null],
    ])
  })

  test('keeps what was asked back, and sends the option that was chosen', async () => {
    const options = [
      { id: 'o1', label: 'Acute kidney disease' },
      { id: 'o2', label: 'Chronic kidney disease' },
    ]
    const asked: TurnEvent = { type: 'clarification', turn_id: 't1', seq: 2, question: 'Which do you mean?', options }
    const done: TurnEvent = { ...ANSWERED, clarification: { question: asked.question, options } } as TurnEvent
    const startTurn = vi.fn(() => Promise.resolve({ turn_id: 't1', conversation_id: 'c1' }))
    const pollEvents = vi
      .fn()
      .mockResolvedValueOnce({ events: [asked, done], done: true })
      .mockResolvedValue({ events: [ANSWERED], done: true })
    const store = createChatStore(fakeApi({ startTurn, pollEvents }), () => undefined, PATIENCE)
    await store.ask('Kidney disease?', EVERYTHING)
    expect(store.chat.exchanges[0]?.clarification).toEqual({ question: 'Which do you mean?', options })
    await store.choose({ id: 'o2', label: 'Chronic kidney disease' }, EVERYTHING)
    expect(startTurn.mock.lastCall).toEqual(['Chronic kidney disease', 'c1', EVERYTHING, 'o2'])
    expect(store.chat.exchanges[1]).toMatchObject({ state: 'done', question: 'Chronic kidney disease', clarification: null })
  })

  test('says what was searched for where that is not the question as written', async () => {
    const done = { ...ANSWERED, searched_for: 'Is warfarin safe?' } as TurnEvent
    const store = createChatStore(
      fakeApi({
        startTurn: () => Promise.resolve({ turn_id: 't1', conversation_id: 'c1' }),
        pollEvents: () => Promise.resolve({ events: [done], done: true }),
      }),
      () => undefined,
      PATIENCE,
    )
    await store.ask('Is it safe?', EVERYTHING)
    expect(store.chat.exchanges[0]?.searchedFor).toBe('Is warfarin safe?')
  })

  test('shows a refused question with its error, and asks it again on request', async () => {
    const startTurn = vi
      .fn()
      .mockRejectedValueOnce(new ApiError('RATE_LIMITED', 'Too many.'))
      .mockResolvedValue({ turn_id: 't1', conversation_id: 'c1' })
    const store = createChatStore(
      fakeApi({ startTurn, pollEvents: () => Promise.resolve({ events: [ANSWERED], done: true }) }),
      () => undefined,
      PATIENCE,
    )
    await store.ask('When?', EVERYTHING)
    const [exchange] = store.chat.exchanges
    expect(exchange).toMatchObject({ state: 'failed', error: { code: 'RATE_LIMITED' } })
    if (exchange) {
      await store.retry(exchange, EVERYTHING)
    }
    expect(exchange).toMatchObject({ state: 'done', error: null })
    expect(startTurn).toHaveBeenCalledTimes(2)
  })

  test('asks anew when the turn itself failed, and only follows again when the line was lost', async () => {
    const failed: TurnEvent = { type: 'error', turn_id: 't1', seq: 1, code: 'UNAVAILABLE', message: 'No model.' }
    const startTurn = vi.fn(() => Promise.resolve({ turn_id: 't1', conversation_id: 'c1' }))
    const pollEvents = vi
      .fn()
      .mockResolvedValueOnce({ events: [failed], done: true })
      .mockRejectedValueOnce(new ApiError('UNREACHABLE', 'lost'))
      .mockRejectedValueOnce(new ApiError('UNREACHABLE', 'lost'))
      .mockResolvedValue({ events: [ANSWERED], done: true })
    const store = createChatStore(fakeApi({ startTurn, pollEvents }), () => undefined, PATIENCE)
    await store.ask('When?', EVERYTHING)
    const exchange = store.chat.exchanges[0]
    expect(exchange).toMatchObject({ state: 'failed', error: { message: 'No model.' } })
    if (!exchange) {
      return
    }
    await store.retry(exchange, EVERYTHING)
    expect(startTurn).toHaveBeenCalledTimes(2)
    expect(exchange).toMatchObject({ state: 'failed', error: { code: 'UNREACHABLE' } })
    await store.retry(exchange, EVERYTHING)
    expect(startTurn).toHaveBeenCalledTimes(2)
    expect(exchange.state).toBe('done')
  })

  test('cancels the turn that is being answered', async () => {
    const cancelTurn = vi.fn(() => Promise.resolve())
    const rest = later<{ events: TurnEvent[]; done: boolean }>()
    const store = createChatStore(
      fakeApi({
        startTurn: () => Promise.resolve({ turn_id: 't1', conversation_id: 'c1' }),
        pollEvents: () => rest.promise,
        cancelTurn,
      }),
      () => undefined,
      PATIENCE,
    )
    const asking = store.ask('When?', EVERYTHING)
    await settle()
    await store.cancel()
    expect(cancelTurn).toHaveBeenCalledExactlyOnceWith('t1')
    rest.give({ events: [{ type: 'turn.cancelled', turn_id: 't1', seq: 9, text: 'Check' }], done: true })
    await asking
    expect(store.chat.exchanges[0]).toMatchObject({ state: 'cancelled', text: 'Check' })
  })

  test('opens a stored conversation and follows the answer that is still under way', async () => {
    const store = createChatStore(
      fakeApi({
        conversation: () =>
          Promise.resolve(
            conversationOf([
              stored({ role: 'user', text: 'One?' }),
              stored({ role: 'assistant', text: 'Yes. [1]', citations: [citation(1)] }),
              stored({ role: 'user', text: 'Two?', turn_id: 't1' }),
            ]),
          ),
        pollEvents: () => Promise.resolve({ events: [ANSWERED], done: true }),
      }),
      () => undefined,
      PATIENCE,
    )
    await store.open('c1')
    expect(store.chat.exchanges.map(({ question, text, state }) => [question, text, state])).toEqual([
      ['One?', 'Yes. [1]', 'done'],
      ['Two?', 'Check the INR. [1]', 'done'],
    ])
  })

  test('drops what still comes in for a conversation that was left', async () => {
    const slow = later<Conversation>()
    const store = createChatStore(
      fakeApi({ conversation: (id) => (id === 'old' ? slow.promise : Promise.resolve(conversationOf([]))) }),
      () => undefined,
      PATIENCE,
    )
    const opening = store.open('old')
    await store.open(null)
    slow.give(conversationOf([stored({ role: 'user', text: 'Old?' })]))
    await opening
    expect(store.chat).toMatchObject({ conversationId: null, exchanges: [], loading: false })
  })

  test('says why a conversation cannot be opened', async () => {
    const conversation = (): Promise<Conversation> => Promise.reject(new ApiError('NOT_FOUND', 'No such conversation.'))
    const store = createChatStore(fakeApi({ conversation }), () => undefined, PATIENCE)
    await store.open('gone')
    expect(store.chat).toMatchObject({ loading: false, error: { code: 'NOT_FOUND' } })
  })

  test.each([
    ['failed', 'failed', 'UNAVAILABLE'],
    ['interrupted', 'failed', 'UNAVAILABLE'],
    ['cancelled', 'cancelled', undefined],
    ['running', 'answering', undefined],
  ] as const)('shows a stored answer that is %s as %s', (status, state, code) => {
    const [exchange] = exchangesOf(
      conversationOf([
        stored({ role: 'user', text: 'One?' }),
        stored({ role: 'assistant', text: 'Ye', status }),
      ]),
    )
    expect(exchange).toMatchObject({ state, text: 'Ye' })
    expect(exchange?.error?.code).toBe(code)
  })
})

describe('the answers of a question', () => {
  const versions = [
    stored({ role: 'user', text: 'One?', id: 'q' }),
    stored({ role: 'assistant', text: 'Old', question_id: 'q' }),
    stored({ role: 'assistant', text: 'New', question_id: 'q', turn_id: 't2', feedback: { rating: 'up', words: null } }),
    stored({ role: 'user', text: 'Two?', id: 'q2', turn_id: 't3' }),
    stored({ role: 'assistant', text: 'Only', question_id: 'q2', turn_id: 't3' }),
  ]
  const open = async (answers: Parameters<typeof fakeApi>[0]): Promise<ReturnType<typeof createChatStore>> => {
    const conversation = (): Promise<Conversation> => Promise.resolve(conversationOf(versions))
    const store = createChatStore(fakeApi({ conversation, ...answers }), () => undefined, PATIENCE)
    await store.open('c1')
    return store
  }

  test('are versions, of which the newest is shown and the others are reachable', async () => {
    const store = await open({})
    expect(store.chat.exchanges.map(({ text, turnId }) => [text, turnId])).toEqual([
      ['New', 't2'],
      ['Only', 't3'],
    ])
    const [newest, only] = store.chat.exchanges
    expect(newest?.versions.map(({ text }) => text)).toEqual(['Old', 'New'])
    expect(newest?.feedback).toEqual({ rating: 'up', words: null })
    expect(only?.versions).toEqual([])
    if (newest?.versions[0]) {
      store.showVersion(newest, newest.versions[0])
    }
    expect(store.chat.exchanges.map(({ text }) => text)).toEqual(['Old', 'Only'])
    expect(store.chat.exchanges[0]?.versions.map(({ text }) => text)).toEqual(['Old', 'New'])
  })

  test('get one more, in their place, when the question is answered again', async () => {
    const regenerate = vi.fn(() => Promise.resolve({ turn_id: 't4', conversation_id: 'c1' }))
    const rest = later<{ events: TurnEvent[]; done: boolean }>()
    const store = await open({ regenerate, pollEvents: () => rest.promise })
    const asking = store.regenerate(store.chat.exchanges[0] as Exchange)
    await settle()
    expect(store.busy()).toBe(true)
    expect(store.chat.exchanges.map(({ state }) => state)).toEqual(['answering', 'done'])
    rest.give({ events: [ANSWERED], done: true })
    await asking
    expect(regenerate).toHaveBeenCalledExactlyOnceWith('t2')
    const [newest] = store.chat.exchanges
    expect(newest).toMatchObject({ text: 'Check the INR. [1]', turnId: 't4', state: 'done' })
    expect(newest?.model?.reason).toBe('None is configured.')
    expect(newest?.versions.map(({ text }) => text)).toEqual(['Old', 'New', 'Check the INR. [1]'])
    expect(newest?.versions.indexOf(newest)).toBe(2)
  })

  test('stay as they are when they may not be made again', async () => {
    const store = await open({ regenerate: () => Promise.reject(new ApiError('CONFLICT', 'Still answering.')) })
    await store.regenerate(store.chat.exchanges[1] as Exchange)
    expect(store.chat.exchanges[1]).toMatchObject({ text: 'Only', state: 'done', error: { code: 'CONFLICT' } })
  })

  test('keep what the reader thinks of them once the server has it', async () => {
    const judge = vi
      .fn<(turnId: string) => Promise<void>>()
      .mockResolvedValueOnce(undefined)
      .mockRejectedValueOnce(new ApiError('UNREACHABLE', 'lost'))
    const store = await open({ judge })
    const exchange = store.chat.exchanges[1] as Exchange
    await store.judge(exchange, { rating: 'down', words: 'old' })
    await store.judge(exchange, null)
    expect(judge.mock.calls).toEqual([
      ['t3', { rating: 'down', words: 'old' }],
      ['t3', null],
    ])
    expect(exchange.feedback).toEqual({ rating: 'down', words: 'old' })
    expect(exchange.error?.code).toBe('UNREACHABLE')
  })
})

describe('the conversations', () => {
  test('are searched by words, and what was found for older words is dropped', async () => {
    const slow = later<{ items: ConversationSummary[]; total: number }>()
    const item = (id: string): ConversationSummary => ({ id, title: id, created_at: '', updated_at: '' })
    const conversations = vi.fn((_limit: number, words = '') =>
      words === 'old' ? slow.promise : Promise.resolve({ items: [item('new')], total: 1 }),
    )
    const store = createConversationsStore(fakeApi({ conversations }))
    const old = store.search('old')
    await store.search('new')
    slow.give({ items: [item('old')], total: 1 })
    await old
    expect(conversations).toHaveBeenLastCalledWith(100, 'new')
    expect(store.state.items.map(({ id }) => id)).toEqual(['new'])
  })

  test('give the id of a branch, or say why there is none', async () => {
    const branchConversation = vi
      .fn()
      .mockResolvedValueOnce({ id: 'b', title: '', created_at: '', updated_at: '' })
      .mockRejectedValueOnce(new ApiError('CONFLICT', 'Still answering.'))
    const conversations = (): Promise<{ items: ConversationSummary[]; total: number }> =>
      Promise.resolve({ items: [], total: 0 })
    const store = createConversationsStore(fakeApi({ branchConversation, conversations }))
    expect(await store.branch('a', 't1')).toBe('b')
    expect(await store.branch('a', 't1')).toBeNull()
    expect(store.state.error?.code).toBe('CONFLICT')
  })

  test('are loaded, renamed and removed', async () => {
    const items = ['a', 'b'].map((id) => ({ id, title: id, created_at: '', updated_at: '' }))
    const api = fakeApi({
      conversations: () => Promise.resolve({ items, total: 2 }),
      renameConversation: (id, title) => Promise.resolve({ id, title, created_at: '', updated_at: '' }),
      deleteConversation: () => Promise.resolve(),
    })
    const store = createConversationsStore(api)
    await store.load()
    await store.rename('a', 'new')
    await store.remove('b')
    expect(store.state.items.map(({ title }) => title)).toEqual(['new'])
  })

  test('stay as they are when a change is refused', async () => {
    const items = [{ id: 'a', title: 'a', created_at: '', updated_at: '' }]
    const refused = (): Promise<never> => Promise.reject(new ApiError('CONFLICT', 'No.'))
    const api = fakeApi({
      conversations: () => Promise.resolve({ items, total: 1 }),
      renameConversation: refused,
      deleteConversation: refused,
    })
    const store = createConversationsStore(api)
    await store.load()
    await store.rename('a', 'new')
    await store.remove('a')
    expect(store.state.items).toEqual(items)
    expect(store.state.error?.code).toBe('CONFLICT')
  })
})

describe('the files', () => {
  const row = (name: string): FileRow => ({ name }) as FileRow

  test('are asked for by state, name and number', async () => {
    const files = vi.fn(() => Promise.resolve({ items: [row('a')], total: 120 }))
    const store = createFilesStore(fakeApi({ files, filesSummary: () => Promise.resolve(summary()) }))
    await store.setFilter('failed')
    await store.setName('letter')
    await store.showMore()
    expect(files).toHaveBeenLastCalledWith({ state: 'failed', name: 'letter', offset: 0, limit: 2 * PAGE_SIZE })
    expect(store.state).toMatchObject({ total: 120, loading: false, summary: { indexed: 1 } })
  })

  test('show the answer to the newest filter, whichever comes last', async () => {
    const slow = later<{ items: FileRow[]; total: number }>()
    const store = createFilesStore(
      fakeApi({
        filesSummary: () => Promise.resolve(summary()),
        files: ({ name }) => (name === 'old' ? slow.promise : Promise.resolve({ items: [row('new')], total: 1 })),
      }),
    )
    const old = store.setName('old')
    await store.setName('new')
    slow.give({ items: [row('old')], total: 1 })
    await old
    expect(store.state.rows.map(({ name }) => name)).toEqual(['new'])
  })

  test('are looked at again after a retry, and the retry is shown while it runs', async () => {
    const answer = later<FileRow>()
    const files = vi.fn(() => Promise.resolve({ items: [], total: 0 }))
    const store = createFilesStore(
      fakeApi({ files, filesSummary: () => Promise.resolve(summary()), retryFile: () => answer.promise }),
    )
    const retrying = store.retry(7)
    expect(store.state.retrying).toEqual([7])
    answer.give(row('a'))
    await retrying
    expect(store.state.retrying).toEqual([])
    expect(files).toHaveBeenCalledOnce()
  })

  test('are watched every second while something runs, else every ten, until the view is left', async () => {
    vi.useFakeTimers()
    try {
      let counts = summary({ waiting: 1 })
      const filesSummary = vi.fn(() => Promise.resolve(counts))
      const store = createFilesStore(fakeApi({ filesSummary, files: () => Promise.resolve({ items: [], total: 0 }) }))
      const leaving = new AbortController()
      const watching = store.watch(leaving.signal)
      await vi.advanceTimersByTimeAsync(2500)
      expect(filesSummary).toHaveBeenCalledTimes(3)
      counts = summary()
      await vi.advanceTimersByTimeAsync(10_000)
      expect(filesSummary).toHaveBeenCalledTimes(4)
      leaving.abort()
      await watching
      await vi.advanceTimersByTimeAsync(60_000)
      expect(filesSummary).toHaveBeenCalledTimes(4)
    } finally {
      vi.useRealTimers()
    }
  })

  test('keep their rows when the server is lost for a moment', async () => {
    const files = vi
      .fn()
      .mockResolvedValueOnce({ items: [row('a')], total: 1 })
      .mockRejectedValue(new ApiError('UNREACHABLE', 'lost'))
    const store = createFilesStore(fakeApi({ files, filesSummary: () => Promise.resolve(summary()) }))
    await store.setName('')
    await store.setName('')
    expect(store.state.rows).toHaveLength(1)
    expect(store.state.error?.code).toBe('UNREACHABLE')
  })

  test.each<[Partial<FilesSummary>, boolean]>([
    [{}, false],
    [{ waiting: 1 }, true],
    [{ running: 1 }, true],
    [{ crawling: true }, true],
    [{ failed: 3 }, false],
  ])('with %o are busy: %s', (counts, busy) => {
    expect(isBusy(summary(counts))).toBe(busy)
  })
})

describe('the passage panel', () => {
  const wanted = refOfCitation(citation(1), 'When?')

  test('shows the passage that was opened last', async () => {
    const slow = later<Passage>()
    const store = createPassageStore(
      fakeApi({ passage: (id) => (id === 'p1' ? slow.promise : Promise.resolve({ text: id } as Passage)) }),
    )
    const first = store.show(wanted)
    await store.show({ ...wanted, id: 'p2' })
    slow.give({ text: 'p1' } as Passage)
    await first
    expect(store.state.passage?.text).toBe('p2')
  })

  test('gives the focus back to where it was opened from', async () => {
    const button = document.body.appendChild(document.createElement('button'))
    button.focus()
    const store = createPassageStore(fakeApi({ passage: () => Promise.resolve({} as Passage) }))
    await store.show(wanted)
    button.blur()
    store.close()
    expect(document.activeElement).toBe(button)
    expect(store.state.shown).toBeNull()
  })

  test('says why a passage cannot be shown', async () => {
    const passage = (): Promise<Passage> => Promise.reject(new ApiError('NOT_FOUND', 'No longer there.'))
    const store = createPassageStore(fakeApi({ passage }))
    await store.show(wanted)
    expect(store.state.error?.code).toBe('NOT_FOUND')
  })
})

describe('the search', () => {
  test('shows the results of the last words', async () => {
    const slow = later<{ results: SearchResult[] }>()
    const hit = (title: string): SearchResult => ({ title }) as SearchResult
    const store = createSearchStore(
      fakeApi({ search: (words) => (words === 'old' ? slow.promise : Promise.resolve({ results: [hit(words)] })) }),
    )
    const old = store.search('old')
    await store.search('new')
    slow.give({ results: [hit('old')] })
    await old
    expect(store.state).toMatchObject({ searched: 'new', loading: false, results: [{ title: 'new' }] })
  })

  test('says what went wrong', async () => {
    const search = (): Promise<never> => Promise.reject(new ApiError('UNAVAILABLE', 'Starting.'))
    const store = createSearchStore(fakeApi({ search }))
    await store.search('INR')
    expect(store.state).toMatchObject({ searched: null, loading: false, error: { code: 'UNAVAILABLE' } })
  })
})
