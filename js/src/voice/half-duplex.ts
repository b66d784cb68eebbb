/**
 * A spoken conversation by requests, where no WebSocket passes: one utterance goes up, its turn is followed, its speech
 * is fetched. It tells the same events as a session does; while it answers it does not listen.
 */

import { asApiError, type Api } from '../api'
import { endsTurn } from '../events'
import { t } from '../l10n'
import { EVERYTHING } from '../stores/scope'
import { followTurn } from '../turn-stream'

import { Endpoint } from './endpoint'
import { FRAMES_PER_SECOND, wavOf } from './frames'
import type { ClientMessage, Line, LineListener, Mode, SessionEvent, SessionState, Start, VoiceInfo } from './protocol'

export class HalfDuplex implements Line {
  private readonly endpoint = new Endpoint()
  private mode: Mode
  private muted = false
  private pressed = false
  private state: SessionState | null = null
  private info: VoiceInfo | null = null
  private speech = 0
  /** Aborted when the answer under way is not wanted any more. */
  private answering: AbortController | null = null
  private turnId: string | null = null
  private closed = false

  /** Called when the speech that was handed on is over. */
  private played: (() => void) | null = null

  constructor(
    private readonly api: Api,
    private readonly start: () => Start,
    private readonly listener: LineListener,
  ) {
    this.mode = start().mode
  }

  open(): void {
    this.listener.onState('connecting', null)
    this.api.voice(this.start().language ?? 'en').then(
      (info) => {
        if (this.closed) {
          return
        }
        const { hears, speaks } = info
        if (hears === null || speaks === null) {
          this.finish(t('voiceassist', 'Your administrator has switched voice off.'))
          return
        }
        this.info = info
        this.listener.onState('online', null)
        this.tell({ type: 'engine', hears, speaks })
        this.rest()
      },
      (error: unknown) => {
        this.finish(asApiError(error).message)
      },
    )
  }

  hear(frame: Int16Array): void {
    if (this.info === null || this.answering !== null || this.muted) {
      return
    }
    const whole = this.endpoint.push(frame, this.info.max_seconds * FRAMES_PER_SECOND)
    if (this.mode === 'hands_free') {
      this.show(this.endpoint.hearing ? 'hearing' : whole ? 'thinking' : 'listening')
      if (whole) {
        void this.answer((signal) => this.ask(whole, signal))
      }
    }
  }

  send(message: ClientMessage): void {
    switch (message.type) {
      case 'session.mode':
        this.mode = message.mode
        this.rest()
        break
      case 'mute':
        this.muted = message.muted
        this.endpoint.take()
        this.rest()
        break
      case 'talk.start':
        this.interrupt()
        this.endpoint.take()
        this.pressed = true
        this.show('hearing')
        break
      case 'talk.end':
        if (this.pressed) {
          this.pressed = false
          const whole = this.endpoint.take()
          void this.answer((signal) => this.ask(whole, signal))
        }
        break
      case 'say':
        this.interrupt()
        void this.answer(async () => {
          const started = await this.api.startTurn(
            message.text,
            this.start().conversation_id,
            this.start().scope ?? EVERYTHING,
            message.option,
          )
          this.tell({ type: 'transcript.done', text: message.text, words: [], engine: '', turn_id: started.turn_id })
          return started.turn_id
        })
        break
      case 'interrupt':
        this.interrupt()
        break
      case 'playback':
        if (message.ended) {
          this.played?.()
        }
        break
    }
  }

  close(): void {
    this.finish(null)
  }

  private finish(reason: string | null): void {
    if (!this.closed) {
      this.closed = true
      this.answering?.abort()
      this.listener.onState('closed', reason)
    }
  }

  private tell(event: SessionEvent): void {
    this.listener.onEvent(event)
  }

  private show(state: SessionState): void {
    if (state !== this.state) {
      this.state = state
      this.tell({ type: 'session.state', state })
    }
  }

  /** Nothing is under way: wait for what is said next. */
  private rest(): void {
    if (this.answering === null) {
      this.show(this.muted ? 'muted' : this.mode === 'hands_free' ? 'listening' : 'waiting')
    }
  }

  private interrupt(): void {
    if (this.answering !== null) {
      this.answering.abort()
      this.answering = null
      if (this.turnId !== null) {
        this.api.cancelTurn(this.turnId).catch(() => undefined) // it may be over already
      }
      this.rest()
    }
  }

  /** What was said goes up; gives the turn that comes of it, if any. */
  private async ask(frames: Int16Array[], signal: AbortSignal): Promise<string | null> {
    const { conversation_id, language, zone } = this.start()
    const heard = await this.api.utter(wavOf(frames), { conversation_id, language, zone }, signal)
    this.tell({ type: 'transcript.done', words: [], engine: '', ...heard })
    return heard.turn_id
  }

  /** Have a turn begun, and play what comes of it. */
  private async answer(begin: (signal: AbortSignal) => Promise<string | null>): Promise<void> {
    const answering = new AbortController()
    this.answering = answering
    const { signal } = answering
    this.show('thinking')
    try {
      const turnId = await begin(signal)
      signal.throwIfAborted()
      if (turnId !== null) {
        this.turnId = turnId
        await this.follow(turnId, signal)
        await this.speak(turnId, signal)
      }
    } catch (error) {
      if (!signal.aborted) {
        const { code, message } = asApiError(error)
        this.tell({ type: 'error', code, message, fatal: false })
      }
    }
    if (!signal.aborted) {
      this.answering = null
      this.turnId = null
      this.rest()
    }
  }

  private async follow(turnId: string, signal: AbortSignal): Promise<void> {
    for await (const event of followTurn(this.api, turnId, signal)) {
      this.listener.onEvent(event)
      if (endsTurn(event)) {
        this.turnId = null
      }
    }
  }

  /** Fetch the speech of a turn part by part, and wait until it was played. */
  private async speak(turnId: string, signal: AbortSignal): Promise<void> {
    const speech = ++this.speech
    let samples = 0
    for (let part = 0; ; part++) {
      const said = await this.api.speech(turnId, part, this.start().language, signal)
      signal.throwIfAborted()
      if (said === null) {
        break
      }
      if (part === 0) {
        this.tell({ type: 'audio.started', speech, turn_id: turnId, text: said.text })
        this.show('speaking')
      } else {
        this.tell({ type: 'audio.mark', speech, offset: samples, text: said.text })
      }
      this.listener.onSpeech({ speech, offset: samples, samples: said.samples })
      samples += said.samples.length
    }
    if (samples > 0) {
      const over = new Promise<void>((resolve) => {
        this.played = resolve
        signal.addEventListener('abort', () => {
          resolve()
        })
      })
      this.tell({ type: 'audio.ended', speech, samples })
      await over
    }
  }
}
