/** What VoiceAssist proposes to do, and what became of it: backend/actions/schemas.py. */

export interface Person {
  name: string
  address: string
}

/** By kind: text, a wall-clock time or date in ISO 8601, minutes, people, or yes and no. */
export type FieldValue = string | number | boolean | Person[] | null

/**
 * A `moment` is wall-clock time without offset in the zone of the field `zone`; a `rule` is an RFC 5545 recurrence rule,
 * which is shown and not edited.
 */
export type FieldKind =
  | 'text'
  | 'long_text'
  | 'moment'
  | 'date'
  | 'minutes'
  | 'zone'
  | 'people'
  | 'choice'
  | 'yes_no'
  | 'rule'

export interface ActionField {
  name: string
  label: string
  kind: FieldKind
  value: FieldValue
  editable: boolean
  options: { value: string; label: string }[]
}

/**
 * `proposed` waits for the user. `waiting` is confirmed and can be stopped until `due`. `failed` changed nothing; of an
 * `unsure` one nobody knows. `expired` was not answered in time.
 */
export type ActionState =
  | 'proposed'
  | 'waiting'
  | 'doing'
  | 'done'
  | 'failed'
  | 'unsure'
  | 'undone'
  | 'dismissed'
  | 'expired'

export interface Action {
  id: string
  /** Those that were asked for in one sentence have the same. */
  group: string
  kind: string
  sentence: string
  warnings: string[]
  fields: ActionField[]
  state: ActionState
  created_at: string
  due: string | null
  /** What was done, or taken back, as the server has it. */
  said: string | null
  link: string | null
  can_undo: boolean
  undo_until: string | null
  /** Why it failed. */
  reason: string | null
}

/** Whether it goes on by itself, so that it is worth looking again. */
export function isUnderWay(action: Action): boolean {
  return action.state === 'waiting' || action.state === 'doing'
}

export function valueOf(action: Action, name: string): FieldValue {
  return action.fields.find((field) => field.name === name)?.value ?? null
}
