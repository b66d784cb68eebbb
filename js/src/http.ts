/** HTTP as the backend speaks it: unwraps the envelope and turns every failure into an `ApiError`. */

import type { Environment } from './environment'
import { Renewal } from './renewal'
import type { Page, Status } from './schemas'

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
  /** Facts beside the message, by the kind of error. */
  readonly details: Record<string, unknown>

  constructor(
    code: string,
    message: string,
    facts: {
      status?: number
      field?: string | null
      requestId?: string | null
      retryAfter?: number | null
      details?: Record<string, unknown> | null
    } = {},
  ) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.status = facts.status ?? 0
    this.field = facts.field ?? null
    this.requestId = facts.requestId ?? null
    this.retryAfter = facts.retryAfter ?? null
    this.details = facts.details ?? {}
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
  error: { code: string; message: string; field: string | null; details?: Record<string, unknown> | null } | null
  metadata: { request_id: string; pagination: { offset: number; limit: number; total: number } | null }
}

function isEnvelope(value: unknown): value is Envelope {
  return typeof value === 'object' && value !== null && 'success' in value && 'metadata' in value
}

/** Refused for want of a session that is valid now; other 401s are about what was sent. */
const WITHOUT_SESSION: ReadonlySet<unknown> = new Set<ErrorCode>(['UNAUTHORIZED', 'TOKEN_EXPIRED', 'TOKEN_REVOKED'])

/** Why a response was refused for want of a session, or null. */
async function sessionProblem(response: Response): Promise<string | null> {
  if (response.status !== 401) {
    return null
  }
  const answer: unknown = await response.clone().json().catch(() => null)
  const code = isEnvelope(answer) ? answer.error?.code : undefined
  return code !== undefined && WITHOUT_SESSION.has(code) ? code : null
}

type Parameters = Record<string, string | number | null | undefined>

export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  query?: Parameters
  /** A `Blob` is sent as it is, anything else as JSON. */
  body?: unknown
  signal?: AbortSignal
  /** Whoever comes may ask this: a refusal is about what was sent, not about the session. */
  forAnybody?: boolean
}

export function withQuery(path: string, query: Parameters = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '')
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
  return text ? `${path}?${text}` : path
}

function retryAfter(response: Response): number | null {
  const seconds = Number(response.headers.get('Retry-After') ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds : null
}

export class Http {
  /** The answer to whether HaRP is there, once somebody asked. */
  private probe: Promise<boolean> | null = null
  private readonly renewal = new Renewal(async () => {
    const response = await this.send(`${this.environment.apiBase}/auth/refresh`, {
      method: 'POST',
      headers: { ...this.headers(), 'Content-Type': 'application/json', Accept: 'application/json' },
      body: '{}',
      cache: 'no-store',
    })
    if (response.status === 401) {
      return false
    }
    await this.unwrap(response)
    return true
  })

  /** Told when a request was refused because nobody is signed in any more. */
  onSignedOut: () => void = () => undefined

  constructor(
    protected readonly environment: Environment,
    private readonly fetch: typeof globalThis.fetch = globalThis.fetch.bind(globalThis),
  ) {}

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

  protected headers(): Record<string, string> {
    const token = this.environment.requestToken()
    return { 'X-Requested-With': 'voiceassist', ...(token !== null && { requesttoken: token }) }
  }

  protected async send(address: string, init: RequestInit): Promise<Response> {
    try {
      return await this.fetch(address, { credentials: 'same-origin', ...init })
    } catch (error) {
      if (init.signal?.aborted) {
        throw error
      }
      throw new ApiError('UNREACHABLE', 'The server does not answer.')
    }
  }

  /** Renew the access of the session, unless that was done after `since` (ms). Gives whether the session goes on. */
  renew(since: number): Promise<boolean> {
    return this.renewal.renew(since)
  }

  /** Send in the name of whoever is signed in: access that ran out is renewed, and the request sent once more. */
  protected async sendSignedIn(address: string, init: RequestInit): Promise<Response> {
    const sentAt = Date.now()
    const response = await this.send(address, init)
    if (this.environment.issuerLogin === null) {
      return response // AppAPI vouches for the user
    }
    const problem = await sessionProblem(response)
    if (problem === null) {
      return response
    }
    // The browser drops a cookie whose time is over: then the server sees none, and says UNAUTHORIZED.
    if (problem !== 'TOKEN_REVOKED' && (await this.renew(sentAt))) {
      const again = await this.send(address, init)
      if ((await sessionProblem(again)) === null) {
        return again
      }
    }
    this.onSignedOut()
    return response
  }

  protected async unwrap(response: Response): Promise<Envelope> {
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
        details: answer.error?.details,
        requestId: answer.metadata.request_id,
        retryAfter: retryAfter(response),
      })
    }
    return answer
  }

  private async envelope(path: string, call: Call, base: string): Promise<Envelope> {
    const headers = this.headers()
    const raw = call.body instanceof Blob ? call.body : null
    if (call.body !== undefined) {
      headers['Content-Type'] = raw?.type ?? 'application/json'
    }
    const init: RequestInit = {
      method: call.method ?? 'GET',
      headers: { ...headers, Accept: 'application/json' },
      body: raw ?? (call.body === undefined ? undefined : JSON.stringify(call.body)),
      cache: 'no-store',
      signal: call.signal,
    }
    const address = base + withQuery(path, call.query)
    const response = await (call.forAnybody ? this.send(address, init) : this.sendSignedIn(address, init))
    return this.unwrap(response)
  }

  protected async call<T>(path: string, call: Call = {}, base = this.environment.apiBase): Promise<T> {
    return (await this.envelope(path, call, base)).data as T
  }

  protected async page<T>(path: string, call: Call): Promise<Page<T>> {
    const answer = await this.envelope(path, call, this.environment.apiBase)
    const items = answer.data as T[]
    return { items, total: answer.metadata.pagination?.total ?? items.length }
  }
}
