/** What the API answers, as the backend's schemas name it. */

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
}

export interface Conversation extends ConversationSummary {
  scope: Scope
  messages: StoredMessage[]
}

export interface StartedTurn {
  turn_id: string
  conversation_id: string
}

export interface Page<T> {
  items: T[]
  total: number
}
