/** What VoiceAssist works with in the user's name: mail accounts, the calendar for new events, linked calendars. */

import { reactive } from 'vue'

import { asApiError, type Api, type ApiError } from '../api'
import type { Calendar, CalendarLink, MailAccount, NewCalendarLink, NewMailAccount } from '../schemas'

/** One of the lists: null as long as it is not known. */
interface Listed<T> {
  items: T[] | null
  error: ApiError | null
}

export interface AccountsStore {
  state: {
    mail: Listed<MailAccount>
    /** The administrator named the mail servers. */
    serversAreFixed: boolean
    calendars: Listed<Calendar>
    links: Listed<CalendarLink>
    /** What is being changed, by its id or address. */
    changing: string | null
  }
  load(): Promise<void>
  /** Raise `ApiError`; the password goes to the server and stays nowhere here. */
  checkMail(account: NewMailAccount): Promise<void>
  addMail(account: NewMailAccount): Promise<void>
  link(calendar: NewCalendarLink): Promise<void>
  removeMail(id: string): Promise<void>
  chooseCalendar(href: string): Promise<void>
  unlink(id: string): Promise<void>
  sync(id: string): Promise<void>
}

export function createAccountsStore(api: Api): AccountsStore {
  const state = reactive<AccountsStore['state']>({
    mail: { items: null, error: null },
    serversAreFixed: false,
    calendars: { items: null, error: null },
    links: { items: null, error: null },
    changing: null,
  })

  async function attempt(list: Listed<unknown>, action: () => Promise<void>): Promise<void> {
    try {
      await action()
      list.error = null
    } catch (error) {
      list.error = asApiError(error)
    }
  }

  const loadMail = (): Promise<void> =>
    attempt(state.mail, async () => {
      const { accounts, servers_are_fixed } = await api.mailAccounts()
      state.mail.items = accounts
      state.serversAreFixed = servers_are_fixed
    })
  const loadCalendars = (): Promise<void> =>
    attempt(state.calendars, async () => {
      state.calendars.items = await api.calendars()
    })
  const loadLinks = (): Promise<void> =>
    attempt(state.links, async () => {
      state.links.items = await api.calendarLinks()
    })

  async function change(what: string, list: Listed<unknown>, action: () => Promise<unknown>): Promise<void> {
    state.changing = what
    await attempt(list, async () => {
      await action()
    })
    state.changing = null
  }

  return {
    state,
    async load() {
      await Promise.all([loadMail(), loadCalendars(), loadLinks()])
    },
    checkMail: (account) => api.checkMailAccount(account),
    async addMail(account) {
      await api.addMailAccount(account)
      await loadMail()
    },
    async link(calendar) {
      await api.linkCalendar(calendar)
      await Promise.all([loadLinks(), loadCalendars()])
    },
    removeMail: (id) =>
      change(id, state.mail, async () => {
        await api.removeMailAccount(id)
        state.mail.items = (state.mail.items ?? []).filter((account) => account.id !== id)
      }),
    chooseCalendar: (href) =>
      change(href, state.calendars, async () => {
        const chosen = await api.chooseCalendar(href)
        for (const calendar of state.calendars.items ?? []) {
          calendar.default = calendar.href === chosen.href
        }
      }),
    unlink: (id) =>
      change(id, state.links, async () => {
        await api.unlinkCalendar(id)
        state.links.items = (state.links.items ?? []).filter((link) => link.id !== id)
      }),
    sync: (id) =>
      change(id, state.links, async () => {
        const synced = await api.syncCalendarLink(id)
        state.links.items = (state.links.items ?? []).map((link) => (link.id === id ? synced : link))
      }),
  }
}
