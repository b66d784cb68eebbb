/** What the API answers, as the backend's schemas name it. */

import type { Action } from './action'
import type { Citation, Clarification, Considered, ModelUsed, Step, Timings, TokensUsed } from './events'

/** A half-open range [start, end) of characters, counted in code points as Python does. */
export type Range = [start: number, end: number]

export interface Status {
  ready: boolean
  version: string
  mode: 'demo' | 'app-password' | 'appapi'
  user_id: string
  display_name: string
  nextcloud_url: string | null
  model: ModelUsed
  index: { files: number; indexed: number; waiting: number; failed: number; skipped: number; chunks: number }
  /** Questions that the indexed files can answer; only the sample documents come with some. */
  examples: string[]
}

export interface SearchResult {
  passage_id: string
  document_id: string
  title: string
  path: string
  snippet: string
  highlights: Range[]
  relevance_score: number
  page: number | null
  section: string | null
  time?: number | null
  link: string | null
}

export interface Passage {
  passage_id: string
  document_id: string
  title: string
  path: string
  mime: string
  page: number | null
  section: string | null
  time?: number | null
  headings: string[]
  text: string
  before: string | null
  after: string | null
  highlights: Range[]
  link: string | null
}

export type FileState = 'indexed' | 'waiting' | 'running' | 'failed' | 'skipped'

export interface FileRow {
  file_id: number
  path: string
  name: string
  mime: string
  size: number
  modified: string
  state: FileState
  reason: string | null
  progress: number | null
  chunks: number
  pages: number | null
  indexed_at: string | null
  attempts: number
  next_attempt_at: string | null
  link: string | null
}

export interface FilesSummary {
  total: number
  indexed: number
  waiting: number
  running: number
  failed: number
  skipped: number
  chunks: number
  crawling: boolean
  last_crawl_at: string | null
  error: string | null
}

export interface FolderEntry {
  file_id: number
  path: string
  name: string
  is_folder: boolean
}

export interface Scope {
  file_ids: number[]
  folder_ids: number[]
}

export interface ConversationSummary {
  id: string
  title: string
  created_at: string
  updated_at: string
}

/** What the reader thought of an answer. */
export interface Feedback {
  rating: 'up' | 'down'
  words: string | null
}

/** A file that was written into the reader's own files. */
export interface SharedFile {
  file_id: number
  path: string
  link: string
}

export interface StoredMessage {
  id: string
  role: 'user' | 'assistant'
  text: string
  citations: Citation[]
  turn_id: string
  /** The question of an answer. Several answers with the same one are versions, the newest last. */
  question_id: string | null
  created_at: string
  status: 'running' | 'done' | 'cancelled' | 'failed' | 'interrupted'
  model: ModelUsed | null
  confidence: number | null
  note: string | null
  steps: Step[]
  timings: Timings | null
  considered: Considered | null
  tokens?: TokensUsed | null
  feedback: Feedback | null
  searched_for?: string | null
  clarification?: Clarification | null
  /** As they stand now. */
  actions?: Action[]
}

export interface Conversation extends ConversationSummary {
  scope: Scope
  messages: StoredMessage[]
}

export interface StartedTurn {
  turn_id: string
  conversation_id: string
}

/** `open` will be told, `due` came and waits to be seen, `told` was told by a notification. */
export type ReminderState = 'open' | 'due' | 'told' | 'dismissed' | 'cancelled'

/** `moment` is wall-clock time in `zone`; the others are instants. */
export interface Reminder {
  id: string
  text: string
  moment: string
  zone: string
  /** An RFC 5545 recurrence rule. */
  rule: string | null
  state: ReminderState
  next_at: string | null
  due_at: string | null
  told_at: string | null
  /** It was told well after its time. */
  late: boolean
}

export type Security = 'tls' | 'starttls' | 'none'

export interface MailServer {
  host: string
  port: number
  security: Security
}

export interface NewMailAccount {
  name: string
  address: string
  /** Empty: the address. */
  login: string
  password: string
  /** Null where the administrator named the servers. */
  imap: MailServer | null
  smtp: MailServer | null
}

export interface MailAccount {
  id: string
  name: string
  address: string
  login: string
  imap_host: string
  smtp_host: string
}

/** The default account first. */
export interface MailAccounts {
  accounts: MailAccount[]
  servers_are_fixed: boolean
}

export interface Calendar {
  href: string
  name: string
  color: string
  writable: boolean
  events: boolean
  tasks: boolean
  /** The one for new events. */
  default: boolean
}

export interface NewCalendarLink {
  url: string
  login: string
  password: string
  name: string
  /** Which of the account's calendars; null: its only one. */
  remote: string | null
}

/** A linked external calendar. `reason` says why it failed, or what could not be mirrored. */
export interface CalendarLink {
  id: string
  name: string
  kind: string
  url: string
  login: string
  calendar: string
  state: string
  reason: string | null
  synced: string | null
}

export interface Page<T> {
  items: T[]
  total: number
}
