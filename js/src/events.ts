/**
 * The turn events, mirrored from backend/assistant/events.py: one vocabulary on the event stream and on polling.
 * `seq` grows by turn, so a client that lost the line resumes after the last one it saw.
 */

import type { Action } from './action'

export type SourceKind = 'file' | 'event' | 'task' | 'mail' | 'contact' | 'reminder'

/** Where a sentence of an answer comes from. `number` is what the answer text shows as [number]. */
export interface Citation {
  number: number
  /** Missing on answers from before there were others than files. Only a file has a passage to open. */
  kind?: SourceKind
  passage_id: string
  document_id: string
  title: string
  path: string
  page: number | null
  section: string | null
  time?: number | null
  /** The headings that lead to the passage, the outermost first; missing on answers from before they were told. */
  headings?: string[]
  /** The words of the passage that carry the sentence: its characters from `start` to before `end`. Of a record: what the server says of it. */
  quote: string
  start: number
  end: number
  /** Opens it in Nextcloud; empty where it has no page there. */
  link: string | null
}

/** A reading of the question that can be chosen. */
export interface ClarificationOption {
  id: string
  label: string
}

/** A short question back. */
export interface Clarification {
  question: string
  options: ClarificationOption[]
}

/** What the backend calls where VoiceAssist itself runs. */
export const THIS_MACHINE = 'this machine'

export interface ModelUsed {
  name: string
  provider: string
  /** `this machine`, or the host that received the question and the passages. */
  data_goes_to: string
  /** Why this model answered, or why none did, in words; empty on answers from before there were reasons. */
  reason: string
}

/** What language models read and wrote for a turn. */
export interface TokensUsed {
  read: number
  written: number
  /** A model did not count, or not to the end. */
  estimated: boolean
  /** By the prices of the settings; null where there are none. */
  cost: number | null
}

export interface Step {
  name: string
  seconds: number
}

/** A passage that was read for the answer and stands behind none of its sentences. */
export interface NotCited {
  title: string
  page: number | null
  section: string | null
  time?: number | null
}

/** What the answer could rest on. The titles of what was not cited are told once and not kept: `not_cited` may be short. */
export interface Considered {
  passages: number
  cited: number
  not_cited: NotCited[]
  /** Passages of the user's own files that were left out, because the files cannot be opened now. */
  gone: number
}

/** Seconds from the question to the first words (null when there were none), and to the end. */
export interface Timings {
  first_text: number | null
  total: number
}

interface TurnEventBase {
  turn_id: string
  seq: number
}

export interface TurnStarted extends TurnEventBase {
  type: 'turn.started'
  conversation_id: string
}

export interface RetrievalDone extends TurnEventBase {
  type: 'retrieval.done'
  /** The question that was searched for, where it is another than the one written. */
  searched_for?: string | null
  passages: number
  seconds: number
}

/** How far a long turn is, in steps of what `label` says. Only what the reader can open is counted. */
export interface Progress {
  done: number
  total: number
  label: string
}

export interface ProgressMade extends TurnEventBase, Progress {
  type: 'progress'
}

/** The question has several readings: the turn ends without an answer. */
export interface ClarificationAsked extends TurnEventBase, Clarification {
  type: 'clarification'
}

export interface AnswerDelta extends TurnEventBase {
  type: 'answer.delta'
  text: string
}

export interface CitationFound extends TurnEventBase, Citation {
  type: 'citation'
}

/** What could be done, to be looked at, edited, and confirmed or dismissed. */
export interface ActionProposed extends TurnEventBase {
  type: 'action.proposed'
  actions: Action[]
}

/** An action was confirmed, edited, dismissed or taken back by what was said; so it stands now. */
export interface ActionDone extends TurnEventBase {
  type: 'action.done'
  action: Action
}

export interface TurnDone extends TurnEventBase {
  type: 'turn.done'
  text: string
  citations: Citation[]
  model: ModelUsed
  /** 0 to 1, or null where the answerer gives none. */
  confidence: number | null
  /** False when the files do not seem to answer the question, or it is open whether they do. */
  answered: boolean
  steps: Step[]
  timings: Timings
  /** Something the reader should know about how the answer was made, such as a model that did not answer. */
  note: string | null
  /** Null when no language model was asked. */
  tokens?: TokensUsed | null
  considered: Considered | null
  searched_for?: string | null
  clarification?: Clarification | null
  /** Those that were proposed, or changed, by this turn. */
  actions?: Action[]
}

export interface TurnCancelled extends TurnEventBase {
  type: 'turn.cancelled'
  text: string
}

export interface TurnError extends TurnEventBase {
  type: 'error'
  code: string
  message: string
}

export type TurnEvent =
  | TurnStarted
  | RetrievalDone
  | ProgressMade
  | ClarificationAsked
  | AnswerDelta
  | CitationFound
  | ActionProposed
  | ActionDone
  | TurnDone
  | TurnCancelled
  | TurnError

const LAST_EVENTS: ReadonlySet<string> = new Set(['turn.done', 'turn.cancelled', 'error'])

/** The actions that an event tells of, as they stand then. */
export function actionsOf(event: TurnEvent): Action[] {
  switch (event.type) {
    case 'action.proposed':
      return event.actions
    case 'action.done':
      return [event.action]
    case 'turn.done':
      return event.actions ?? []
    default:
      return []
  }
}

/** Whether there is a passage of a file to open behind a citation. */
export function isOfFile(citation: Citation): boolean {
  return (citation.kind ?? 'file') === 'file'
}

/** Whether nothing follows this event in its turn. */
export function endsTurn(event: TurnEvent): boolean {
  return LAST_EVENTS.has(event.type)
}

/** Whether a decoded value has what every event has. An unknown type passes: newer servers may send more kinds. */
export function isTurnEvent(value: unknown): value is TurnEvent {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string' &&
    'seq' in value &&
    typeof value.seq === 'number'
  )
}
