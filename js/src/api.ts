/** The routes of the backend, one method each. */

import type { Action, FieldValue } from './action'
import { isTurnEvent, type TurnEvent } from './events'
import { ApiError, withQuery } from './http'
import { IdentityApi } from './identity-api'
import type {
  Calendar,
  CalendarLink,
  Conversation,
  ConversationSummary,
  Feedback,
  FileRow,
  FilesSummary,
  FileState,
  FolderEntry,
  MailAccount,
  MailAccounts,
  NewCalendarLink,
  NewMailAccount,
  Page,
  Passage,
  Reminder,
  Scope,
  SearchResult,
  SharedFile,
  StartedTurn,
  Status,
} from './schemas'
import { decodeSamples } from './voice/frames'
import type { Start, VoiceInfo, VoicePreferences } from './voice/protocol'

export { ApiError, asApiError } from './http'

/** The reader's time zone, in which "yesterday" is meant. */
export function timeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

export interface PolledEvents {
  events: TurnEvent[]
  done: boolean
}

/** A part of what a turn says: its words, and its samples at `SPOKEN_RATE`, -1 to 1. */
export interface SpokenPart {
  text: string
  samples: Float32Array<ArrayBuffer>
}

export class Api extends IdentityApi {
  status(): Promise<Status> {
    return this.call<Status>('/status')
  }

  search(query: string, limit: number, signal?: AbortSignal): Promise<{ results: SearchResult[] }> {
    return this.call('/search', { method: 'POST', body: { query, limit }, signal })
  }

  /** `question` decides which words of the passage are highlighted. */
  passage(id: string, question: string, signal?: AbortSignal): Promise<Passage> {
    return this.call(`/passages/${encodeURIComponent(id)}`, { query: { q: question }, signal })
  }

  files(
    filter: { state?: FileState | null; name?: string; offset: number; limit: number },
    signal?: AbortSignal,
  ): Promise<Page<FileRow>> {
    const query = { state: filter.state, q: filter.name, offset: filter.offset, limit: filter.limit }
    return this.page<FileRow>('/files', { query, signal })
  }

  filesSummary(signal?: AbortSignal): Promise<FilesSummary> {
    return this.call('/files/summary', { signal })
  }

  retryFile(fileId: number): Promise<FileRow> {
    return this.call(`/files/${fileId}/retry`, { method: 'POST' })
  }

  retryAllFiles(): Promise<{ retried: number }> {
    return this.call('/files/retry', { method: 'POST' })
  }

  lookForChanges(): Promise<void> {
    return this.call('/files/crawl', { method: 'POST' })
  }

  folder(path: string, signal?: AbortSignal): Promise<FolderEntry[]> {
    return this.call('/folders', { query: { path }, signal })
  }

  /** Those of these files and folders (at most 64) that can be read now. */
  nodes(ids: readonly number[], signal?: AbortSignal): Promise<FolderEntry[]> {
    return this.call('/nodes', { query: { ids: ids.join(',') }, signal })
  }

  /** Address of the file itself, as the signed-in user may read it. */
  contentUrl(fileId: string): string {
    return `${this.environment.apiBase}/files/${encodeURIComponent(fileId)}/content`
  }

  /**
   * The scope is always told: without one the server keeps the conversation's earlier one. `option` is the id of what
   * was chosen after a clarification.
   */
  startTurn(text: string, conversationId: string | null, scope: Scope, option: string | null = null): Promise<StartedTurn> {
    const body = {
      text,
      scope,
      zone: timeZone(),
      ...(conversationId !== null && { conversation_id: conversationId }),
      ...(option !== null && { option }),
    }
    return this.call('/chat/turns', { method: 'POST', body })
  }

  cancelTurn(turnId: string): Promise<void> {
    return this.call(`/chat/turns/${encodeURIComponent(turnId)}/cancel`, { method: 'POST' })
  }

  regenerate(turnId: string): Promise<StartedTurn> {
    return this.call(`/chat/turns/${encodeURIComponent(turnId)}/regenerate`, {
      method: 'POST',
      query: { zone: timeZone() },
    })
  }

  /** Say what the reader thinks of an answer; null takes it back. */
  async judge(turnId: string, feedback: Feedback | null): Promise<void> {
    const path = `/chat/turns/${encodeURIComponent(turnId)}/feedback`
    await this.call(path, feedback === null ? { method: 'DELETE' } : { method: 'PUT', body: feedback })
  }

  /** `words` must all occur in the title or in a message. */
  conversations(limit: number, words = ''): Promise<Page<ConversationSummary>> {
    return this.page<ConversationSummary>('/conversations', { query: { offset: 0, limit, q: words } })
  }

  branchConversation(id: string, turnId: string): Promise<ConversationSummary> {
    return this.call(`/conversations/${encodeURIComponent(id)}/branch`, { method: 'POST', body: { turn_id: turnId } })
  }

  /** Write a conversation, or one answer of it, as a new file into the reader's own files. */
  shareConversation(id: string, folder: string, turnId: string | null): Promise<SharedFile> {
    const body = { folder, ...(turnId !== null && { turn_id: turnId }) }
    return this.call(`/conversations/${encodeURIComponent(id)}/share`, { method: 'POST', body })
  }

  /** Address of a conversation as a file. */
  exportUrl(id: string, format: 'markdown' | 'json'): string {
    return `${this.environment.apiBase}/conversations/${encodeURIComponent(id)}/export?format=${format}`
  }

  conversation(id: string, signal?: AbortSignal): Promise<Conversation> {
    return this.call(`/conversations/${encodeURIComponent(id)}`, { signal })
  }

  renameConversation(id: string, title: string): Promise<ConversationSummary> {
    // Not PATCH: AppAPI's proxy passes GET, POST, PUT and DELETE only.
    return this.call(`/conversations/${encodeURIComponent(id)}`, { method: 'PUT', body: { title } })
  }

  deleteConversation(id: string): Promise<void> {
    return this.call(`/conversations/${encodeURIComponent(id)}`, { method: 'DELETE' })
  }

  action(id: string, signal?: AbortSignal): Promise<Action> {
    return this.call(`/actions/${encodeURIComponent(id)}`, { signal })
  }

  /** Change fields of a proposal; the others stay. */
  editAction(id: string, values: Record<string, FieldValue>): Promise<Action> {
    return this.call(`/actions/${encodeURIComponent(id)}`, { method: 'PUT', body: { values } })
  }

  /** Have it done. With the same `key` again nothing is done twice. */
  confirmAction(id: string, key: string, values: Record<string, FieldValue> | null = null): Promise<Action> {
    return this.call(`/actions/${encodeURIComponent(id)}/confirm`, { method: 'POST', body: { key, values } })
  }

  dismissAction(id: string): Promise<Action> {
    return this.call(`/actions/${encodeURIComponent(id)}/dismiss`, { method: 'POST' })
  }

  undoAction(id: string): Promise<Action> {
    return this.call(`/actions/${encodeURIComponent(id)}/undo`, { method: 'POST' })
  }

  confirmActions(group: string, key: string): Promise<Action[]> {
    return this.call(`/actions/groups/${encodeURIComponent(group)}/confirm`, { method: 'POST', body: { key } })
  }

  dismissActions(group: string): Promise<Action[]> {
    return this.call(`/actions/groups/${encodeURIComponent(group)}/dismiss`, { method: 'POST' })
  }

  reminders(limit: number): Promise<Page<Reminder>> {
    return this.page('/reminders', { query: { offset: 0, limit } })
  }

  dismissReminder(id: string): Promise<Reminder> {
    return this.call(`/reminders/${encodeURIComponent(id)}/dismiss`, { method: 'POST' })
  }

  mailAccounts(): Promise<MailAccounts> {
    return this.call('/mail/accounts')
  }

  /** Logs in to both servers first; what does not let the login in is not kept. */
  addMailAccount(account: NewMailAccount): Promise<MailAccount> {
    return this.call('/mail/accounts', { method: 'POST', body: account })
  }

  /** Log in to both servers and keep nothing. */
  async checkMailAccount(account: NewMailAccount): Promise<void> {
    await this.call('/mail/accounts/check', { method: 'POST', body: account })
  }

  async removeMailAccount(id: string): Promise<void> {
    await this.call(`/mail/accounts/${encodeURIComponent(id)}`, { method: 'DELETE' })
  }

  calendars(): Promise<Calendar[]> {
    return this.call('/calendar/calendars')
  }

  chooseCalendar(href: string): Promise<Calendar> {
    return this.call('/calendar/default', { method: 'PUT', body: { href } })
  }

  calendarLinks(): Promise<CalendarLink[]> {
    return this.call('/calendar/links')
  }

  linkCalendar(link: NewCalendarLink): Promise<CalendarLink> {
    return this.call('/calendar/links', { method: 'POST', body: link })
  }

  async unlinkCalendar(id: string): Promise<void> {
    await this.call(`/calendar/links/${encodeURIComponent(id)}`, { method: 'DELETE' })
  }

  syncCalendarLink(id: string): Promise<CalendarLink> {
    return this.call(`/calendar/links/${encodeURIComponent(id)}/sync`, { method: 'POST' })
  }

  /** Who hears and who speaks a language (ISO 639-1). */
  voice(language: string): Promise<VoiceInfo> {
    return this.call('/voice', { query: { language } })
  }

  /** The voices that a language can be spoken in. */
  voices(language: string): Promise<{ voices: string[] }> {
    return this.call('/voice/voices', { query: { language } })
  }

  voicePreferences(): Promise<VoicePreferences> {
    return this.call('/voice/preferences')
  }

  /** Remember how the user wants to be spoken to; what is not named stays as it is. */
  preferVoice(change: Partial<VoicePreferences>): Promise<VoicePreferences> {
    return this.call('/voice/preferences', { method: 'PUT', body: change })
  }

  /** The words of a recording. */
  transcribe(recording: Blob, language: string): Promise<{ text: string }> {
    return this.call('/voice/transcriptions', { method: 'POST', query: { language }, body: recording })
  }

  /** One utterance, where no session stands: what was heard, and the turn that comes of it. */
  utter(
    recording: Blob,
    start: Pick<Start, 'conversation_id' | 'language' | 'zone'>,
    signal: AbortSignal,
  ): Promise<{ text: string; turn_id: string | null }> {
    return this.call('/voice/utterances', { method: 'POST', query: { ...start }, body: recording, signal })
  }

  /** The sound of a part of what a turn says, from 0 on, and its words; null behind the last one. */
  async speech(turnId: string, part: number, language: string | null, signal: AbortSignal): Promise<SpokenPart | null> {
    const path = `/voice/turns/${encodeURIComponent(turnId)}/speech`
    const response = await this.sendSignedIn(this.environment.apiBase + withQuery(path, { part, language }), {
      headers: this.headers(),
      cache: 'no-store',
      signal,
    })
    if (response.status === 204) {
      return null
    }
    if (!response.ok) {
      await this.unwrap(response)
    }
    const text = decodeURIComponent(response.headers.get('X-Speech-Text') ?? '')
    return { text, samples: decodeSamples(new DataView(await response.arrayBuffer())) }
  }

  /** Address of the spoken session, or null where no WebSocket passes. */
  sessionAddress(): string | null {
    const base = this.environment.streamBase
    // ws: for http:, wss: for https:.
    return base === null ? null : new URL(`${base}/voice/session`, window.location.href).href.replace(/^http/, 'ws')
  }

  /** The body of the event stream of a turn, from after `after` on. */
  async openEvents(turnId: string, after: number | null, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const path = `/chat/turns/${encodeURIComponent(turnId)}/events`
    const base = this.environment.streamBase ?? this.environment.apiBase
    const response = await this.sendSignedIn(base + withQuery(path, { after }), {
      headers: { ...this.headers(), Accept: 'text/event-stream' },
      cache: 'no-store',
      signal,
    })
    const isStream = response.headers.get('Content-Type')?.startsWith('text/event-stream') ?? false
    if (response.ok && isStream && response.body !== null) {
      return response.body
    }
    await this.unwrap(response)
    throw new ApiError('UNEXPECTED_ANSWER', 'The server answered, but not with a stream.', { status: response.status })
  }

  /** The events after `after`; the server holds the answer back for some seconds until there are any. */
  async pollEvents(turnId: string, after: number | null, signal: AbortSignal): Promise<PolledEvents> {
    const path = `/chat/turns/${encodeURIComponent(turnId)}/events`
    const data = await this.call<{ events: unknown[]; done: boolean }>(path, { query: { after }, signal })
    return { events: data.events.filter(isTurnEvent), done: data.done }
  }
}
