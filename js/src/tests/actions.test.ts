import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import type { Action, ActionField } from '../action'
import { ApiError } from '../api'
import ActionCard from '../components/actions/ActionCard.vue'
import ActionCards from '../components/actions/ActionCards.vue'
import PeopleInput from '../components/actions/PeopleInput.vue'
import type { TurnEvent } from '../events'
import { createCardsStore, LOOK_EVERY, type CardsStore } from '../stores/cards'
import { createChatStore, exchangesOf, shownActions, wordsBesideCards, type Exchange } from '../stores/chat'
import { EVERYTHING } from '../stores/scope'
import { fieldInWords } from '../text/fields'
import { ruleInWords } from '../text/rule'

import { ANSWERED, fakeApi, mounted, settle, stored } from './fakes'

const LAURA = { name: 'Dr. Laura Smith', address: 'laura@riverside.example' }

function field(more: Partial<ActionField> & Pick<ActionField, 'name' | 'kind' | 'value'>): ActionField {
  return { label: more.name, editable: true, options: [], ...more }
}

const FIELDS = [
  field({ name: 'title', kind: 'text', value: 'Meeting' }),
  field({ name: 'start', kind: 'moment', value: '2026-03-10T14:00' }),
  field({ name: 'people', kind: 'people', value: [LAURA] }),
  field({ name: 'rule', kind: 'rule', value: 'FREQ=WEEKLY', editable: false }),
  field({ name: 'place', kind: 'text', value: '' }),
]

function action(more: Partial<Action> = {}): Action {
  return {
    id: 'a1',
    group: 'g1',
    kind: 'calendar.create',
    sentence: 'Put “Meeting” into the calendar.',
    warnings: ['That is at the weekend.'],
    fields: FIELDS,
    state: 'proposed',
    created_at: '2026-03-06T09:00:00Z',
    due: null,
    said: null,
    link: null,
    can_undo: false,
    undo_until: null,
    reason: null,
    ...more,
  }
}

const DONE = { state: 'done', said: '“Meeting” is in the calendar.', can_undo: true } as const
const LOST = new ApiError('UNREACHABLE', 'The server does not answer.')
const MOVED = 'With your change this is new: You are busy then. Look at it again and confirm it then.'

function storeWith(answers: Parameters<typeof fakeApi>[0], ...actions: Action[]): CardsStore {
  const cards = createCardsStore(fakeApi(answers))
  cards.keep(actions)
  return cards
}

describe('a confirmation', () => {
  test('keeps its key when the answer was lost, and takes a new one for the next', async () => {
    const keys: string[] = []
    const confirmAction = vi
      .fn((_: string, key: string) => {
        keys.push(key)
        return keys.length === 1 ? Promise.reject(LOST) : Promise.resolve(action(DONE))
      })
    const cards = storeWith({ confirmAction }, action())
    expect(await cards.confirm('a1')).toBe(false)
    expect(cards.state.errors.a1).toBe(LOST)
    expect(await cards.confirm('a1')).toBe(true)
    await cards.confirm('a1')
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/)
    expect(keys[1]).toBe(keys[0])
    expect(keys[2]).not.toBe(keys[0])
    expect(cards.state.known.a1?.state).toBe('done')
    expect(cards.state.errors.a1).toBeUndefined()
  })

  test('is not sent twice at once', async () => {
    const confirmAction = vi.fn(() => Promise.resolve(action(DONE)))
    const cards = storeWith({ confirmAction }, action())
    await Promise.all([cards.confirm('a1'), cards.confirm('a1')])
    expect(confirmAction).toHaveBeenCalledTimes(1)
  })

  test('that brings something new shows the action as it is now, and takes another key', async () => {
    const keys: string[] = []
    const confirmAction = (_: string, key: string): Promise<Action> => {
      keys.push(key)
      return Promise.reject(new ApiError('CONFLICT', MOVED, { status: 409 }))
    }
    const now = action({ sentence: 'Put it at three.', warnings: ['You are busy then.'] })
    const cards = storeWith({ confirmAction, action: () => Promise.resolve(now) }, action())
    await cards.confirm('a1', { start: '2026-03-10T15:00' })
    expect(cards.state.known.a1?.sentence).toBe('Put it at three.')
    expect(cards.state.errors.a1?.message).toBe(MOVED)
    await cards.confirm('a1')
    expect(keys[1]).not.toBe(keys[0])
  })

  test('of all takes over how each stands', async () => {
    const both = [action(DONE), action({ id: 'a2', state: 'failed', reason: 'It is gone.' })]
    const cards = storeWith({ confirmActions: () => Promise.resolve(both) }, action(), action({ id: 'a2' }))
    expect(await cards.confirmAll('g1')).toBe(true)
    expect(Object.values(cards.state.known).map((one) => one.state)).toEqual(['done', 'failed'])
  })
})

test('an action under way is looked at until it is settled, and again when the line was lost', async () => {
  vi.useFakeTimers()
  try {
    const answers = [action({ state: 'doing' }), LOST, action(DONE)]
    const look = vi.fn(() => {
      const answer = answers.shift()
      return answer instanceof ApiError ? Promise.reject(answer) : Promise.resolve(answer as Action)
    })
    const cards = storeWith({ action: look }, action({ state: 'waiting' }))
    const watching = cards.watch('a1', new AbortController().signal)
    await vi.advanceTimersByTimeAsync(LOOK_EVERY * 10)
    await watching
    expect(look).toHaveBeenCalledTimes(3)
    expect(cards.state.known.a1?.state).toBe('done')
  } finally {
    vi.useRealTimers()
  }
})

describe('an exchange', () => {
  const proposal: TurnEvent[] = [
    { type: 'turn.started', turn_id: 't1', seq: 1, conversation_id: 'c' },
    { type: 'action.proposed', turn_id: 't1', seq: 2, actions: [action()] },
    { ...ANSWERED, seq: 3, text: 'Put “Meeting” into the calendar. That is at the weekend.\nShall I do this?', actions: [action()] } as TurnEvent,
  ]
  const later = action({ sentence: 'Put “Meeting” at three.' })
  const revision: TurnEvent[] = [
    { type: 'action.done', turn_id: 't2', seq: 1, action: later },
    { ...ANSWERED, turn_id: 't2', seq: 2, text: 'Put it at three.\nChanged. Shall I do this now?', actions: [later] } as TurnEvent,
  ]

  test('shows the card of what it proposes, which goes along when what is said next changes it', async () => {
    let turn = 0
    const store = createChatStore(
      fakeApi({
        startTurn: () => Promise.resolve({ turn_id: `t${++turn}`, conversation_id: 'c' }),
        canStream: () => Promise.resolve(false),
        pollEvents: (id) => Promise.resolve({ events: id === 't1' ? proposal : revision, done: true }),
      }),
      () => undefined,
    )
    const { exchanges } = store.chat
    await store.ask('add a meeting', EVERYTHING)
    const first = exchanges[0] as Exchange
    expect(shownActions(exchanges, first)).toEqual(['a1'])
    expect(wordsBesideCards(exchanges, first)).toBe('')
    await store.ask('make it three', EVERYTHING)
    const second = exchanges[1] as Exchange
    expect(shownActions(exchanges, first)).toEqual([])
    expect(wordsBesideCards(exchanges, first)).toContain('Shall I do this?')
    expect(shownActions(exchanges, second)).toEqual(['a1'])
    expect(wordsBesideCards(exchanges, second)).toBe('')
    expect(store.cards.state.known.a1?.sentence).toBe('Put “Meeting” at three.')
  })

  test('that was stored shows its action as it stands now, beside what else was answered', async () => {
    const messages = [
      stored({ role: 'user', text: 'When am I free? And add a meeting.' }),
      stored({ role: 'assistant', text: 'You are free.\nPut it there.\nShall I do this?', actions: [action(DONE)] }),
    ]
    const conversation = { id: 'c', title: '', created_at: '', updated_at: '', scope: EVERYTHING, messages }
    const store = createChatStore(fakeApi({ conversation: () => Promise.resolve(conversation) }), () => undefined)
    await store.open('c')
    const [exchange] = store.chat.exchanges
    expect(wordsBesideCards(store.chat.exchanges, exchange as Exchange)).toBe('You are free.')
    expect(store.cards.state.known.a1?.state).toBe('done')
    expect(exchangesOf(conversation)[0]?.actions).toEqual(['a1'])
  })
})

describe('a card', () => {
  const button = (wrapper: ReturnType<typeof mounted>, name: string): ReturnType<typeof wrapper.get> => {
    const found = wrapper.findAll('button').find((one) => one.text() === name)
    if (!found) {
      throw new Error(`no button ${name} in: ${wrapper.text()}`)
    }
    return found
  }

  test('shows the sentence, the warnings and every field in words', () => {
    const wrapper = mounted(ActionCard, { action: action(), cards: storeWith({}, action()) })
    const text = wrapper.text()
    for (const part of [
      'Put “Meeting” into the calendar.',
      'That is at the weekend.',
      'Tuesday, March 10, 2026',
      '2:00',
      'Dr. Laura Smith <laura@riverside.example>',
      'Every week',
      'placeNone',
    ]) {
      expect(text).toContain(part)
    }
  })

  test('sends the changed fields only, and shows what is wrong at the field', async () => {
    const wrong = new ApiError('VALIDATION_ERROR', 'title: a title is needed.', { status: 422, field: 'title' })
    const editAction = vi.fn(() => Promise.reject(wrong))
    const cards = storeWith({ editAction }, action())
    const wrapper = mounted(ActionCard, { action: action(), cards })
    await button(wrapper, 'Edit').trigger('click')
    expect(document.activeElement?.closest('[data-field]')?.getAttribute('data-field')).toBe('title')
    expect(wrapper.findAll('[data-field]').map((one) => one.attributes('data-field'))).not.toContain('rule')
    await wrapper.get('[data-field="title"] input').setValue('')
    await wrapper.get('[data-field="start"] input[type="time"]').setValue('15:30')
    await wrapper.get('form').trigger('submit')
    await flushPromises()
    expect(editAction).toHaveBeenCalledWith('a1', { title: '', start: '2026-03-10T15:30' })
    expect(wrapper.get('[data-field="title"]').text()).toContain('title: a title is needed.')
    expect(wrapper.find('[role="alert"]').exists()).toBe(false)
    await button(wrapper, 'Cancel').trigger('click')
    await flushPromises()
    expect(wrapper.text()).not.toContain('a title is needed')
  })

  test('moves the end along with the start, unless the end was said', async () => {
    const fields = [
      field({ name: 'start', kind: 'moment', value: '2026-03-10T23:30' }),
      field({ name: 'end', kind: 'moment', value: '2026-03-11T00:30' }),
    ]
    const sent: unknown[] = []
    const editAction = (_: string, values: unknown): Promise<Action> => Promise.resolve((sent.push(values), action({ fields })))
    const edit = async (...inputs: [string, string][]): Promise<void> => {
      const wrapper = mounted(ActionCard, { action: action({ fields }), cards: storeWith({ editAction }, action()) })
      await button(wrapper, 'Edit').trigger('click')
      for (const [place, value] of inputs) {
        await wrapper.get(place).setValue(value)
      }
      await wrapper.get('form').trigger('submit')
      await flushPromises()
    }
    const [day, clock] = ['[data-field="start"] input[type="date"]', '[data-field="start"] input[type="time"]']
    await edit([day, ''], [clock, '08:00'], [day, '2026-03-12'])
    await edit(['[data-field="end"] input[type="time"]', '01:00'], [clock, '23:00'])
    expect(sent).toEqual([
      { start: '2026-03-12T08:00', end: '2026-03-12T09:00' },
      { start: '2026-03-10T23:00', end: '2026-03-11T01:00' },
    ])
  })

  test('confirms with what was edited, and shows a card that became another one for another look', async () => {
    const confirmAction = vi.fn(() => Promise.reject(new ApiError('CONFLICT', MOVED, { status: 409 })))
    const now = action({ warnings: ['You are busy then.'] })
    const cards = storeWith({ confirmAction, action: () => Promise.resolve(now) }, action())
    const wrapper = mounted(ActionCards, { ids: ['a1'], cards })
    await button(wrapper, 'Edit').trigger('click')
    await wrapper.get('[data-field="place"] input').setValue('Room 2')
    await button(wrapper, 'Confirm').trigger('click')
    await settle()
    expect(confirmAction).toHaveBeenCalledWith('a1', expect.any(String), { place: 'Room 2' })
    expect(wrapper.text()).toContain(MOVED)
    expect(wrapper.text()).toContain('You are busy then.')
    expect(document.activeElement?.textContent).toBe('Put “Meeting” into the calendar.')
    expect(button(wrapper, 'Confirm').attributes('disabled')).toBeUndefined()
  })

  test('that failed says why, and one that nobody knows of warns', () => {
    const failed = action({ state: 'failed', reason: 'The calendar is read-only.' })
    expect(mounted(ActionCard, { action: failed, cards: storeWith({}) }).text()).toContain(
      'Not done: The calendar is read-only.',
    )
    const unsure = mounted(ActionCard, { action: action({ state: 'unsure' }), cards: storeWith({}) })
    expect(unsure.get('[role="status"]').text()).toContain('Nobody knows whether this was done.')
    expect(unsure.findAll('button')).toHaveLength(0)
  })

  test('never links to a script', () => {
    const evil = action({ ...DONE, link: 'javascript:alert(1)' })
    expect(mounted(ActionCard, { action: evil, cards: storeWith({}) }).find('a').exists()).toBe(false)
    const good = action({ ...DONE, link: '/apps/calendar' })
    expect(mounted(ActionCard, { action: good, cards: storeWith({}) }).get('a').attributes('href')).toBe('/apps/calendar')
  })

  describe('that waits', () => {
    beforeEach(() => {
      vi.useFakeTimers({ now: new Date('2026-03-06T09:00:00Z') })
    })
    afterEach(() => {
      vi.useRealTimers()
    })

    test('counts down, can be stopped, and says by itself that it was done', async () => {
      const waiting = action({ state: 'waiting', due: '2026-03-06T09:00:10Z', can_undo: true })
      const answers = [waiting, action(DONE)]
      const cards = storeWith({ action: () => Promise.resolve(answers.shift() as Action) }, waiting)
      const wrapper = mounted(ActionCards, { ids: ['a1'], cards })
      expect(wrapper.text()).toContain('In 10 seconds')
      expect(button(wrapper, 'Stop').attributes('disabled')).toBeUndefined()
      await vi.advanceTimersByTimeAsync(1000)
      expect(wrapper.text()).toContain('In 9 seconds')
      await vi.advanceTimersByTimeAsync(2 * LOOK_EVERY)
      expect(wrapper.get('h2').text()).toBe('“Meeting” is in the calendar.')
      expect(wrapper.text()).not.toContain('seconds')
    })

    test('offers to take back what was done until its time is over', async () => {
      const undoAction = vi.fn(() => Promise.resolve(action({ state: 'undone' })))
      const done = action({ ...DONE, undo_until: '2026-03-06T09:00:05Z' })
      const wrapper = mounted(ActionCard, { action: done, cards: storeWith({ undoAction }, done) })
      await button(wrapper, 'Undo').trigger('click')
      expect(undoAction).toHaveBeenCalledWith('a1')
      await vi.advanceTimersByTimeAsync(6000)
      expect(wrapper.findAll('button')).toHaveLength(0)
    })
  })

  test('stands in a list that is decided at once, as long as more than one of it is open', async () => {
    const dismissActions = vi.fn(() =>
      Promise.resolve([action({ state: 'dismissed' }), action({ id: 'a2', state: 'dismissed' })]),
    )
    const cards = storeWith({ dismissActions }, action(), action({ id: 'a2' }), action({ id: 'a3', group: 'g2' }))
    const wrapper = mounted(ActionCards, { ids: ['a1', 'a2', 'a3', 'gone'], cards })
    expect(wrapper.findAll('article')).toHaveLength(3)
    expect(wrapper.findAll('button').filter((one) => one.text() === 'Confirm all (2)')).toHaveLength(1)
    await button(wrapper, 'Dismiss all').trigger('click')
    await flushPromises()
    expect(dismissActions).toHaveBeenCalledWith('g1')
    expect(wrapper.text()).not.toContain('Dismiss all')
  })
})

test('people are taken away and added by name and address', async () => {
  const wrapper = mounted(PeopleInput, { label: 'People', error: null, modelValue: [LAURA] })
  await wrapper.get('[aria-label="Without Dr. Laura Smith <laura@riverside.example>"]').trigger('click')
  expect(wrapper.emitted('update:modelValue')).toEqual([[[]]])
  const [name, address] = wrapper.findAll('input')
  await name?.setValue('Tom')
  await address?.setValue('tom@riverside.example')
  await address?.trigger('keydown', { key: 'Enter' })
  const tom = { name: 'Tom', address: 'tom@riverside.example' }
  expect(wrapper.emitted('update:modelValue')?.at(-1)).toEqual([[tom]])
  // Written and not added: who leaves the line means it.
  await address?.setValue('priya@northgate.example')
  await address?.trigger('focusout')
  expect(wrapper.emitted('update:modelValue')?.at(-1)).toEqual([[tom, { name: '', address: 'priya@northgate.example' }]])
})

describe('in words', () => {
  test.each([
    ['FREQ=WEEKLY', 'Every week'],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE', 'Every 2 weeks on Monday and Wednesday'],
    ['RRULE:FREQ=DAILY;COUNT=5', 'Every day, 5 times'],
    ['FREQ=MONTHLY;BYDAY=-1FR', 'Every month on the last Friday'],
    ['FREQ=MONTHLY;BYDAY=2TU;UNTIL=20261231T225959Z', 'Every month on Tuesday number 2, until Thursday, December 31, 2026'],
    ['FREQ=MONTHLY;BYMONTHDAY=15', 'Every month on day 15'],
    ['FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1', 'FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1'],
    ['FREQ=SECONDLY', 'FREQ=SECONDLY'],
    ['FREQ=WEEKLY;BYDAY=XX', 'FREQ=WEEKLY;BYDAY=XX'],
  ])('the rule %s reads: %s', (rule, words) => {
    expect(ruleInWords(rule)).toBe(words)
  })

  test.each<[Partial<ActionField>, string]>([
    [{ kind: 'moment', value: '2026-03-29T02:30' }, 'Sunday, March 29, 2026 at 2:30 AM'],
    [{ kind: 'date', value: '2026-03-10' }, 'Tuesday, March 10, 2026'],
    [{ kind: 'date', value: null }, ''],
    [{ kind: 'minutes', value: 0 }, '0 minutes'],
    [{ kind: 'minutes', value: 120 }, '2 hours'],
    [{ kind: 'minutes', value: 1440 }, '1 day'],
    [{ kind: 'yes_no', value: false }, 'No'],
    [{ kind: 'choice', value: 'b', options: [{ value: 'b', label: 'Ward' }] }, 'Ward'],
    [{ kind: 'people', value: [LAURA, { name: '', address: 'x@y.example' }] }, 'Dr. Laura Smith <laura@riverside.example>, x@y.example'],
  ])('the field %o reads: %s', (given, words) => {
    const text = fieldInWords(field({ name: 'f', kind: 'text', value: null, ...given }))
    expect(text.replaceAll('\u202f', ' ')).toBe(words)
  })
})
