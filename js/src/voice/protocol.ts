/** What a spoken session says on the wire, mirrored from docs/voice-protocol.md. */

import type { TurnEvent } from '../events'
import type { Scope } from '../schemas'

/** Who hears or speaks. `command` hears commands with known names well, and free speech badly. */
export interface Engine {
  name: string
  /** `this machine`, or the host that receives the sound or the text. */
  data_goes_to: string
  grade: 'command' | 'dictation'
  languages: string[]
  streaming: boolean
}

/** `GET /voice`. */
export interface VoiceInfo {
  /** Null where voice is switched off. */
  hears: Engine | null
  speaks: Engine | null
  enabled: boolean
  /** How long one may speak in one go. */
  max_seconds: number
}

/** How the user wants to be spoken to, and in which language (ISO 639-1; empty: none is chosen). */
export interface VoicePreferences {
  language: string
  /** The engine's word for it; empty for the usual one. */
  voice: string
  /** 1 is normal. */
  speed: number
}

export type Mode = 'hands_free' | 'push_to_talk'

/** `waiting`: push-to-talk is not pressed. */
export type SessionState = 'listening' | 'hearing' | 'thinking' | 'speaking' | 'muted' | 'waiting'

export interface Start {
  mode: Mode
  conversation_id: string | null
  scope: Scope | null
  zone: string | null
  language: string | null
  voice: string | null
  speed: number | null
}

export type ClientMessage =
  | ({ type: 'session.start' } & Start)
  | { type: 'session.resume'; session_id: string; after: number }
  | { type: 'session.mode'; mode: Mode }
  | { type: 'talk.start' }
  | { type: 'talk.end' }
  | { type: 'mute'; muted: boolean }
  | { type: 'say'; text: string; option: string | null }
  | { type: 'interrupt' }
  | ({ type: 'playback' } & Played)
  | { type: 'ping'; id: number }

/** How much of a speech was played. `ended`: no more of it will be. */
export interface Played {
  speech: number
  samples: number
  ended: boolean
}

export interface SpokenWord {
  text: string
  start: number
  end: number
  confidence: number | null
}

export type SessionEvent =
  | { type: 'session.ready'; session_id: string; resumed: boolean; received: number; hears: Engine; speaks: Engine }
  | { type: 'session.state'; state: SessionState }
  | { type: 'speech.started'; at: number }
  | { type: 'speech.ended'; at: number; reason: 'silence' | 'released' | 'limit' }
  | { type: 'transcript.delta'; text: string }
  | { type: 'transcript.done'; text: string; words: SpokenWord[]; engine: string; turn_id: string | null }
  /** `turn_id` is null for what the session itself has to say. */
  | { type: 'audio.started'; speech: number; turn_id: string | null; text: string }
  | { type: 'audio.mark'; speech: number; offset: number; text: string }
  | { type: 'audio.ended'; speech: number; samples: number }
  | { type: 'audio.paused'; speech: number }
  | { type: 'audio.resumed'; speech: number }
  | { type: 'audio.stopped'; speech: number; reason: 'barge_in' | 'interrupt' | 'failed' }
  /** Of an answer that was interrupted the conversation keeps what was heard. */
  | { type: 'answer.cut'; turn_id: string }
  | { type: 'audio.ack'; seq: number }
  | { type: 'engine'; hears: Engine; speaks: Engine }
  | { type: 'notice'; code: string; message: string }
  | { type: 'pong'; id: number }
  | { type: 'error'; code: string; message: string; fatal: boolean }

/** On the wire both come alike; an `error` with a `turn_id` is a turn's. */
export type VoiceEvent = SessionEvent | TurnEvent

export function isOfTurn(event: VoiceEvent): event is TurnEvent {
  return 'turn_id' in event && 'seq' in event
}

/** Why a connection was closed by the server: docs/voice-protocol.md. */
export const CLOSED = {
  normal: 1000,
  wrongKind: 1003,
  refused: 1008,
  tooLarge: 1009,
  full: 1013,
  takenOver: 4409,
  flooded: 4429,
} as const

/** What carries a spoken conversation: a WebSocket, or requests where none passes. */
export interface Line {
  open(): void
  /** 20 ms of the microphone. */
  hear(frame: Int16Array): void
  send(message: ClientMessage): void
  close(): void
}

/** `closed` comes last; `reason` is then what the user should know, or null when it was wanted. */
export type LineState = 'connecting' | 'online' | 'reconnecting' | 'closed'

export interface LineListener {
  onEvent(event: VoiceEvent): void
  onSpeech(frame: { speech: number; offset: number; samples: Float32Array<ArrayBuffer> }): void
  onState(state: LineState, reason: string | null): void
}
