/**
 * What the stand-in for the backend proposes and does: actions, reminders, mail accounts, calendars. It leaves unproved
 * what mock-server.mjs leaves unproved: nothing is put into any calendar or sent to anybody.
 */

/** Everything that was proposed, by id. A mail waits before it is sent; the rest is done at once. */
const actions = new Map()
const WAITS = 3000
const UNDO_FOR = 10 * 60_000

let ids = 0

const field = (name, label, kind, value, more = {}) => ({ name, label, kind, value, editable: true, options: [], ...more })
const PEOPLE = [{ name: 'Dr. Laura Smith', address: 'laura.smith@riverside.example' }]

function sentenceOf({ kind, fields }) {
  const value = (name) => fields.find((one) => one.name === name).value
  return kind === 'mail.send'
    ? `Send a mail to ${value('to').map((one) => one.name).join(' and ')}: “${value('subject')}”.`
    : `Put “${value('title')}” into the calendar “Personal”: ${value('start')} to ${value('end')} (Europe/Berlin).`
}

/** What a sentence asks for: "mail" a mail, "both" a meeting and a mail, else a meeting. */
export function proposed(text) {
  const group = `g${++ids}`
  const meeting = [
    field('title', 'Title', 'text', 'Meeting with Dr. Laura Smith'),
    field('start', 'Start', 'moment', '2026-03-10T14:00'),
    field('end', 'End', 'moment', '2026-03-10T15:00'),
    field('zone', 'Time zone', 'zone', 'Europe/Berlin'),
    field('rule', 'Repeats', 'rule', 'FREQ=WEEKLY;BYDAY=TU;COUNT=4', { editable: false }),
    field('scope', 'How much', 'choice', 'this', { options: [{ value: 'this', label: 'Only this one' }, { value: 'all', label: 'All' }] }),
    field('location', 'Place', 'text', ''),
    field('people', 'People', 'people', PEOPLE),
    field('reminder', 'Reminder (minutes before)', 'minutes', 30),
    field('notes', 'Notes', 'long_text', 'Bring the chart.\nRoom 2 is booked.'),
  ]
  const mail = [
    field('to', 'To', 'people', PEOPLE),
    field('subject', 'Subject', 'text', 'The chart'),
    field('body', 'Text', 'long_text', 'Dear Laura,\n\nplease bring the chart.'),
    field('quote', 'Quote the mail', 'yes_no', true),
  ]
  const drafts = [
    ...(/\bmail\b/.test(text) ? [] : [{ kind: 'calendar.create', fields: meeting, warnings: ['That is at the weekend.'] }]),
    ...(/\bmail|both\b/.test(text) ? [{ kind: 'mail.send', fields: mail, warnings: [] }] : []),
  ]
  return drafts.map((draft) => {
    const action = {
      ...{ id: `a${++ids}`, group, ...draft, sentence: sentenceOf(draft), state: 'proposed' },
      ...{ created_at: new Date().toISOString(), due: null, said: null, link: null, can_undo: false },
      ...{ undo_until: null, reason: null },
    }
    actions.set(action.id, action)
    return action
  })
}

function editAction(action, values = {}) {
  for (const [name, value] of Object.entries(values ?? {})) {
    if (value === 'wrong') throw [422, 'VALIDATION_ERROR', `${name}: 'wrong' is not possible.`, name]
    action.fields.find((one) => one.name === name).value = value
  }
  return Object.assign(action, { sentence: sentenceOf(action) })
}

function confirmAction(action, key) {
  if (action.key === key) return action
  if (action.state !== 'proposed') throw [409, 'CONFLICT', 'It was decided already.']
  const done = () => {
    const until = new Date(Date.now() + UNDO_FOR).toISOString()
    const undo = action.kind === 'mail.send' ? {} : { can_undo: true, undo_until: until }
    Object.assign(action, { state: 'done', due: null, can_undo: false, said: `${action.sentence} It is done.`, link: '/apps/calendar', ...undo })
  }
  action.key = key
  if (action.kind === 'mail.send') {
    Object.assign(action, { state: 'waiting', due: new Date(Date.now() + WAITS).toISOString(), can_undo: true })
    setTimeout(() => action.state === 'waiting' && done(), WAITS)
  } else {
    done()
  }
  return action
}

const undoAction = (action) => Object.assign(action, { state: 'undone', can_undo: false, due: null, said: null })
const dismissAction = (action) => (action.state === 'proposed' ? Object.assign(action, { state: 'dismissed' }) : action)

const REMINDERS = [
  { id: 'r1', text: 'Call the lab', rule: null, state: 'due', next_at: null, due_at: '2026-03-06T16:00:00Z', late: true },
  { id: 'r2', text: 'Order gloves', rule: 'FREQ=WEEKLY;BYDAY=MO,FR', state: 'open', next_at: '2026-03-09T08:00:00Z', due_at: null, late: false },
  { id: 'r3', text: 'Ask Priya about the samples', rule: null, state: 'told', next_at: null, due_at: '2026-03-05T08:00:00Z', told_at: '2026-03-05T08:00:02Z', late: false },
].map((reminder) => ({ moment: '2026-03-06T17:00:00', zone: 'Europe/Berlin', told_at: null, ...reminder }))

const MAIL_ACCOUNTS = [
  { id: 'm1', name: 'Anna Berger', address: 'anna@clinic.example', login: 'anna', imap_host: 'imap.clinic.example', smtp_host: 'smtp.clinic.example' },
]
const CALENDARS = [
  { href: '/calendars/anna/personal/', name: 'Personal', color: '#0082c9', writable: true, events: true, tasks: true, default: true },
  { href: '/calendars/anna/ward/', name: 'Ward', color: '#2d7d46', writable: true, events: true, tasks: false, default: false },
  { href: '/calendars/anna/rota/', name: 'Rota', color: '#777777', writable: false, events: true, tasks: false, default: false },
]
const LINKS = [
  { id: 'l1', name: 'Family', kind: 'password', url: 'https://dav.example.org/', login: 'anna', calendar: CALENDARS[0].href, state: 'failed', reason: 'The other side does not accept the password any more.', synced: '2026-03-05T08:00:00Z' },
]

function checkMail({ address, password, imap, smtp }) {
  if (!address.includes('@')) throw [422, 'VALIDATION_ERROR', `'${address}' is not a mail address.`, 'address']
  for (const server of [imap, smtp]) {
    if (!server.host.includes('.')) throw [422, 'VALIDATION_ERROR', `'${server.host}' is not the name of a server, such as 'imap.example.org'.`, 'host']
  }
  if (password === 'wrong') throw [403, 'FORBIDDEN', `'${imap.host}' does not accept this login and password.`, 'password']
}

/** The routes of all that; `need` gives what was looked for, or answers that it is not there. */
export function doingRoutes(need) {
  const groupOf = (id) => [...actions.values()].filter(({ group }) => group === id)
  const removeFrom = (list, id) => list.splice(list.indexOf(need(list.find((one) => one.id === id), 'account')), 1) && {}
  return {
    'GET /actions/:id': ([id]) => need(actions.get(id), 'action'),
    'PUT /actions/:id': ([id], _, { values }) => editAction(need(actions.get(id), 'action'), values),
    'POST /actions/:id/confirm': ([id], _, { key, values }) => confirmAction(editAction(need(actions.get(id), 'action'), values), key),
    'POST /actions/:id/dismiss': ([id]) => dismissAction(need(actions.get(id), 'action')),
    'POST /actions/:id/undo': ([id]) => undoAction(need(actions.get(id), 'action')),
    'POST /actions/groups/:id/confirm': ([id], _, { key }) => groupOf(id).map((action) => (action.state === 'proposed' ? confirmAction(action, key) : action)),
    'POST /actions/groups/:id/dismiss': ([id]) => groupOf(id).map(dismissAction),
    'GET /reminders': () => ({ rows: REMINDERS.filter(({ state }) => state !== 'dismissed') }),
    'POST /reminders/:id/dismiss': ([id]) => Object.assign(need(REMINDERS.find((one) => one.id === id), 'reminder'), { state: 'dismissed' }),
    'GET /mail/accounts': () => ({ accounts: MAIL_ACCOUNTS, servers_are_fixed: false }),
    'POST /mail/accounts/check': (_, __, account) => checkMail(account) ?? { works: true },
    'POST /mail/accounts': (_, __, account) => {
      checkMail(account)
      const { name, address, login, imap, smtp } = account
      const added = { id: `m${++ids}`, name, address, login: login || address, imap_host: imap.host, smtp_host: smtp.host }
      MAIL_ACCOUNTS.push(added)
      return added
    },
    'DELETE /mail/accounts/:id': ([id]) => removeFrom(MAIL_ACCOUNTS, id),
    'GET /calendar/calendars': () => CALENDARS,
    'PUT /calendar/default': (_, __, { href }) => {
      for (const calendar of CALENDARS) calendar.default = calendar.href === href
      return need(CALENDARS.find((calendar) => calendar.default), 'calendar')
    },
    'GET /calendar/links': () => LINKS,
    'POST /calendar/links': (_, __, { url, login, name, remote }) => {
      if (!url.startsWith('https://')) throw [422, 'VALIDATION_ERROR', `'${url}' is not an address such as https://cloud.example.org/dav/.`, 'url']
      const several = [{ href: '/a/', name: 'Work' }, { href: '/b/', name: 'Private' }]
      if (!remote) throw [422, 'VALIDATION_ERROR', 'This account has several calendars: say which one.', 'remote', { calendars: several }]
      const link = { id: `l${++ids}`, name: name || 'Work', kind: 'password', url, login, calendar: '/c/', state: 'active', reason: null, synced: null }
      LINKS.push(link)
      return link
    },
    'DELETE /calendar/links/:id': ([id]) => removeFrom(LINKS, id),
    'POST /calendar/links/:id/sync': ([id]) =>
      Object.assign(need(LINKS.find((one) => one.id === id), 'link'), { state: 'active', reason: null, synced: new Date().toISOString() }),
  }
}
