import { describe, expect, test, vi } from 'vitest'

import { ApiError } from '../api'
import CalendarLinkForm from '../components/accounts/CalendarLinkForm.vue'
import MailAccountForm from '../components/accounts/MailAccountForm.vue'
import RemindersView from '../components/RemindersView.vue'
import SourceList from '../components/SourceList.vue'
import type { MailAccount, NewMailAccount, Reminder } from '../schemas'
import { createAccountsStore } from '../stores/accounts'
import { createRemindersStore } from '../stores/reminders'

import { citation, fakeApi, mounted, settle } from './fakes'

function reminder(more: Partial<Reminder>): Reminder {
  return {
    id: 'r1',
    text: 'Call the lab',
    moment: '2026-03-06T17:00:00',
    zone: 'Europe/Berlin',
    rule: null,
    state: 'open',
    next_at: null,
    due_at: null,
    told_at: null,
    late: false,
    ...more,
  }
}

describe('the reminders', () => {
  const due = reminder({ state: 'due', due_at: '2026-03-06T16:00:00Z', late: true })
  const open = reminder({ id: 'r2', text: 'Order gloves' })

  test('stand under what they are, and one that is due is dismissed', async () => {
    let items = [due, open]
    const dismissReminder = vi.fn((id: string) => {
      items = items.filter((one) => one.id !== id)
      return Promise.resolve(due)
    })
    const api = fakeApi({ reminders: () => Promise.resolve({ items, total: items.length }), dismissReminder })
    const store = createRemindersStore(api)
    const wrapper = mounted(RemindersView, { store }, api)
    await settle()
    expect(wrapper.findAll('h2').map((one) => one.text())).toEqual(['Due', 'To come'])
    expect(wrapper.get('[data-state="due"]').text()).toContain('Late')
    expect(wrapper.get('[data-state="open"]').text()).toContain('5:00')
    expect(wrapper.get('[data-state="open"]').text()).toContain('(Europe/Berlin)')
    expect(store.in('due')).toHaveLength(1)
    await wrapper.get('[aria-label="Dismiss Call the lab"]').trigger('click')
    await settle()
    expect(dismissReminder).toHaveBeenCalledExactlyOnceWith('r1')
    expect(wrapper.findAll('h2').map((one) => one.text())).toEqual(['To come'])
    expect(store.in('due')).toHaveLength(0)
  })

  test('say what went wrong, and stay', async () => {
    const reminders = vi
      .fn()
      .mockResolvedValueOnce({ items: [due], total: 1 })
      .mockRejectedValue(new ApiError('UNREACHABLE', 'lost'))
    const store = createRemindersStore(fakeApi({ reminders }))
    await store.load()
    await store.load()
    expect(store.state.items).toHaveLength(1)
    expect(store.state.error?.code).toBe('UNREACHABLE')
  })
})

describe('a mail account', () => {
  const PASSWORD = 'not to be kept'
  const kept: MailAccount = { id: 'm1', name: '', address: 'a@b.example', login: 'a', imap_host: 'i', smtp_host: 's' }

  async function formWith(answers: Parameters<typeof fakeApi>[0], fixed = false) {
    const mailAccounts = (): Promise<{ accounts: MailAccount[]; servers_are_fixed: boolean }> =>
      Promise.resolve({ accounts: [kept], servers_are_fixed: fixed })
    const store = createAccountsStore(fakeApi({ mailAccounts, ...answers }))
    await store.load()
    const wrapper = mounted(MailAccountForm, { store })
    await wrapper.get('input[type="email"]').setValue('anna@clinic.example')
    await wrapper.get('input[type="password"]').setValue(PASSWORD)
    return { store, wrapper }
  }

  test('is checked, then kept, and its password is nowhere in the store', async () => {
    const sent: NewMailAccount[] = []
    const { store, wrapper } = await formWith({
      checkMailAccount: () => Promise.resolve(),
      addMailAccount: (account) => {
        sent.push(account)
        return Promise.resolve(kept)
      },
    })
    await wrapper.findAll('button').find((one) => one.text() === 'Check')?.trigger('click')
    await settle()
    expect(wrapper.text()).toContain('Both servers let this login in.')
    await wrapper.get('form').trigger('submit')
    await settle()
    expect(sent[0]).toMatchObject({ password: PASSWORD, imap: { port: 993, security: 'tls' } })
    expect(wrapper.emitted('close')).toHaveLength(1)
    expect(JSON.stringify(store.state)).not.toContain(PASSWORD)
    expect(wrapper.get<HTMLInputElement>('input[type="password"]').element.value).toBe('')
  })

  test('names no servers where the administrator did', async () => {
    const addMailAccount = vi.fn<(account: NewMailAccount) => Promise<MailAccount>>(() => Promise.resolve(kept))
    const { wrapper } = await formWith({ addMailAccount }, true)
    expect(wrapper.text()).not.toContain('IMAP')
    await wrapper.get('form').trigger('submit')
    await settle()
    expect(addMailAccount.mock.calls[0]?.[0]).toMatchObject({ imap: null, smtp: null })
  })

  test.each([
    ['password', 'It does not accept this password.', 'Password'],
    ['host', "'smtp.x' is not the name of a server.", 'Sending mail'],
    ['imap.port', 'Not a port.', 'Reading mail'],
  ])('shows what is wrong with %s at the field', async (field, message, place) => {
    const refused = new ApiError('VALIDATION_ERROR', message, { status: 422, field })
    const { wrapper } = await formWith({ addMailAccount: () => Promise.reject(refused) })
    await wrapper.findAll('.mail-server__host input')[1]?.setValue('smtp.x')
    await wrapper.get('form').trigger('submit')
    await settle()
    const shown = wrapper.findAll('.input-field, .mail-server').find((one) => one.text().includes(message))
    expect(wrapper.findAll('.mail-server, .input-field').filter((one) => one.text().includes(message)).length).toBeGreaterThan(0)
    expect(field === 'password' ? shown?.text() : shown?.element.closest('.mail-server')?.textContent).toContain(place)
    expect(wrapper.find('[role="alert"]').exists()).toBe(false)
  })
})

test('a calendar is linked after it was said which one of several', async () => {
  const several = new ApiError('VALIDATION_ERROR', 'This account has several calendars: say which one.', {
    status: 422,
    field: 'remote',
    details: { calendars: [{ href: '/a/', name: 'Work' }] },
  })
  const linkCalendar = vi.fn().mockRejectedValueOnce(several).mockResolvedValueOnce({ id: 'l1' })
  const store = createAccountsStore(
    fakeApi({ linkCalendar, calendarLinks: () => Promise.resolve([]), calendars: () => Promise.resolve([]) }),
  )
  const wrapper = mounted(CalendarLinkForm, { store })
  expect(wrapper.text()).not.toContain('Calendar,')
  await wrapper.get('form').trigger('submit')
  await settle()
  expect(wrapper.text()).toContain('say which one')
  expect(wrapper.find('.one-of-input').exists()).toBe(true)
  await wrapper.get('form').trigger('submit')
  await settle()
  expect(wrapper.emitted('close')).toHaveLength(1)
})

test('records of servers are sources without a passage, with a link where they have one', () => {
  const event = citation(1, { kind: 'event', title: 'Huddle', quote: 'today, 10:00', link: '' })
  const mail = citation(2, { kind: 'mail', title: 'The chart', quote: 'from Tom', link: '/apps/mail/1' })
  const wrapper = mounted(SourceList, { citations: [event, mail, citation(3)] })
  expect(wrapper.findAll('button')).toHaveLength(1)
  expect(wrapper.get('a').attributes('href')).toBe('/apps/mail/1')
  expect(wrapper.findAll('li')[0]?.text()).toContain('today, 10:00')
})
