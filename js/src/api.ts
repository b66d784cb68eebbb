/** The only place that talks HTTP: unwraps the envelope and turns every failure into an `ApiError`. */

import type { Environment } from './environment'
import { isTurnEvent, type TurnEvent } from './events'
import type {
  Conversation,
  ConversationSummary,
  Feedback,
  FileRow,
  FilesSummary,
  FileState,
  FolderEntry,
  Page,
  Passage,
  Scope,
  SearchResult,
  SharedFile,
  StartedTurn,
  Status,
} from './schemas'

/** The backend's codes, and two of our own for answers that never were an envelope. */
export type ErrorCode =
  | 'INVALID_CREDENTIALS'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_REVOKED'
  | 'WEAK_PASSWORD'
  | 'VALIDATION_ERROR'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'RATE_LIMITED'
  | 'UNAVAILABLE'
  | 'INTERNAL_ERROR'
  | 'UNREACHABLE'
  | 'UNEXPECTED_ANSWER'

const WORTH_ANOTHER_TRY: ReadonlySet<string> = new Set<ErrorCode>(['UNREACHABLE', 'UNAVAILABLE', 'RATE_LIMITED'])

export class ApiError extends Error {
  readonly code: string
  /** HTTP status, 0 when no answer came. */
  readonly status: number
  readonly field: string | null
  readonly requestId: string | null
  /** Seconds to wait before another try, where the server says so. */
  readonly retryAfter: number | null

  constructor(
    code: string,
    message: string,
    facts: { status?: number; field?: string | null; requestId?: string | null; retryAfter?: number | null } = {},
  ) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.status = facts.status ?? 0
    this.field = facts.field ?? null
    this.requestId = facts.requestId ?? null
    this.retryAfter = facts.retryAfter ?? null
  }

  get retryable(): boolean {
    return WORTH_ANOTHER_TRY.has(this.code)
  }
}

/** Any thrown value as an `ApiError`; a bug of ours becomes one too, so that the page can show it. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) {
    return error
  }
  return new ApiError('INTERNAL_ERROR', error instanceof Error ? error.message : String(error))
}

interface Envelope {
  success: boolean
  data: unknown
  error: { code: string; message: string; field: string | null } | null
  metadata: { request_id: string; pagination: { offset: number; limit: number; total: number } | null }
}

function isEnvelope(value: unknown): value is Envelope {
  return typeof value === 'object' && value !== null && 'success' in value && 'metadata' in value
}

type Parameters = Record<string, string | number | null | undefined>

interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  query?: Parameters
  body?: unknown
  signal?: AbortSignal
}

function withQuery(path: string, query: Parameters = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '')
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
  return text ? `${path}?${text}` : path
}

function retryAfter(response: Response): number | null {
  const seconds = Number(response.headers.get('Retry-After') ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds : null
}

/** The reader's time zone, in which "yesterday" is meant. */
function timeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

export interface PolledEvents {
  events: TurnEvent[]
  done: boolean
}

export class Api {
  /** The answer to whether HaRP is there, once somebody asked. */
  private probe: Promise<boolean> | null = null

  constructor(
    private readonly environment: Environment,
    private readonly fetch: typeof globalThis.fetch = globalThis.fetch.bind(globalThis),
  ) {}

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

  /** Whether events can be streamed here. Asks at most once: HaRP counts refused requests as strikes. */
  async canStream(): Promise<boolean> {
    const { streamBase, probeStream } = this.environment
    if (streamBase === null) {
      return false
    }
    if (probeStream) {
      this.probe ??= this.call<Status>('/status', {}, streamBase).then(
        () => true,
        () => false,
      )
      return this.probe
    }
    return true
  }

  /** The body of the event stream of a turn, from after `after` on. */
  async openEvents(turnId: string, after: number | null, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const path = `/chat/turns/${encodeURIComponent(turnId)}/events`
    const base = this.environment.streamBase ?? this.environment.apiBase
    const response = await this.send(base + withQuery(path, { after }), {
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

  private headers(): Record<string, string> {
    const token = this.environment.requestToken()
    return { 'X-Requested-With': 'voiceassist', ...(token !== null && { requesttoken: token }) }
  }

  private async send(address: string, init: RequestInit): Promise<Response> {
    try {
      return await this.fetch(address, { credentials: 'same-origin', ...init })
    } catch (error) {
      if (init.signal?.aborted) {
        throw error
      }
      throw new ApiError('UNREACHABLE', 'The server does not answer.')
    }
  }

  private async unwrap(response: Response): Promise<Envelope> {
    let answer: unknown
    try {
      answer = await response.json()
    } catch {
      answer = null
    }
    if (!isEnvelope(answer)) {
      // A proxy or web server answered in our place.
      const gone = response.status === 502 || response.status === 503 || response.status === 504
      const code = gone ? 'UNAVAILABLE' : response.status === 401 ? 'UNAUTHORIZED' : 'UNEXPECTED_ANSWER'
      const message = `The server answered ${response.status} without saying more.`
      throw new ApiError(code, message, { status: response.status, retryAfter: retryAfter(response) })
    }
    if (!answer.success) {
      throw new ApiError(answer.error?.code ?? 'INTERNAL_ERROR', answer.error?.message ?? '', {
        status: response.status,
        field: answer.error?.field,
        requestId: answer.metadata.request_id,
        retryAfter: retryAfter(response),
      })
    }
    return answer
  }

  private async envelope(path: string, call: Call, base: string): Promise<Envelope> {
    const headers = this.headers()
    if (call.body !== undefined) {
      headers['Content-Type'] = 'application/json'
    }
    const response = await this.send(base + withQuery(path, call.query), {
      method: call.method ?? 'GET',
      headers: { ...headers, Accept: 'application/json' },
      body: call.body === undefined ? undefined : JSON.stringify(call.body),
      cache: 'no-store',
      signal: call.signal,
    })
    return this.unwrap(response)
  }

  private async call<T>(path: string, call: Call = {}, base = this.environment.apiBase): Promise<T> {
    return (await this.envelope(path, call, base)).data as T
  }

  private async page<T>(path: string, call: Call): Promise<Page<T>> {
    const answer = await this.envelope(path, call, this.environment.apiBase)
    const items = answer.data as T[]
    return { items, total: answer.metadata.pagination?.total ?? items.length }
  }
}
