/** A spoken conversation: the microphone, the line, the loudspeaker, and what both sides said. */

import { reactive } from 'vue'

import { asApiError, timeZone, type Api, type ApiError } from '../api'
import { actionsOf, type ClarificationOption, type TurnEvent } from '../events'
import { readerLanguage, t } from '../l10n'
import { Captions, NOTHING, type Caption } from '../voice/captions'
import { loudness } from '../voice/frames'
import { keepHabits, readHabits } from '../voice/habits'
import { spokenHere } from '../voice/language'
import { MicrophoneError, type InputDevice, type Microphone } from '../voice/microphone'
import { partsOf, type VoiceParts } from '../voice/parts'
import {
  isOfTurn,
  type Engine,
  type Line,
  type LineListener,
  type LineState,
  type Mode,
  type Played,
  type SessionEvent,
  type SessionState,
  type Start,
  type VoiceEvent,
  type VoicePreferences,
} from '../voice/protocol'

import { createCardsStore, type CardsStore } from './cards'
import { apply, exchangesOf, newExchange, type Exchange } from './chat'

/**
 * So long (ms) after the key of push-to-talk was let go the microphone is still heard: fingers are faster than the end
 * of a word, and some sound is still on its way through the audio thread.
 */
const TAIL = 150

/** Frames (20 ms) from before the key was pressed that are heard as well: some begin to speak while they press. */
const LEAD = 10

/** How fast the level falls from one frame to the next, so that the eye can follow. */
const LEVEL_FALLS = 0.9

export interface VoiceState {
  phase: 'off' | 'starting' | 'on'
  line: LineState
  /** Only one of both sides speaks at a time, since no WebSocket passes here. */
  halfDuplex: boolean
  state: SessionState
  mode: Mode
  muted: boolean
  /** Push-to-talk is pressed. */
  talking: boolean
  /** Loudness of the microphone, 0 to 1. */
  level: number
  /** What is understood so far of what is being said to it. */
  heard: string
  caption: Caption
  /** In which language is spoken (ISO 639-1), and in which one the user would. */
  language: string
  wanted: string
  preferences: VoicePreferences
  /** The names of the voices that there are; empty where nobody knows. */
  voices: string[]
  hears: Engine | null
  speaks: Engine | null
  /** Nobody has switched voice off. */
  enabled: boolean
  devices: InputDevice[]
  device: string
  conversationId: string | null
  exchanges: Exchange[]
  /** Why it does not go on. */
  trouble: string | null
  /** Something that the user should know. */
  notice: string | null
  /** Why the earlier conversation could not be opened, or who hears and speaks is not known. */
  error: ApiError | null
}

export interface VoiceStore {
  state: VoiceState
  cards: CardsStore
  /** Learn who hears and who speaks. */
  look(): Promise<void>
  /** Talk differently from the next conversation on; the server remembers it. */
  prefer(change: Partial<VoicePreferences>): Promise<void>
  /** Show a stored conversation, in which the spoken one goes on. */
  open(conversationId: string | null): Promise<void>
  /** Begin to talk. Browsers want this to come from a click or a key. */
  start(): Promise<void>
  stop(): void
  setMode(mode: Mode): void
  setMuted(muted: boolean): void
  /** Push-to-talk is pressed, or let go. */
  talk(pressed: boolean): void
  /** Stop speaking and answering. */
  interrupt(): void
  /** Choose one of the options that were asked back. */
  choose(option: ClarificationOption): void
  useDevice(id: string): Promise<void>
}

export function createVoiceStore(
  api: Api,
  workletAddress: string,
  onConversation: (id: string) => void,
  parts: VoiceParts = partsOf(api),
): VoiceStore {
  const { mode, device } = readHabits()
  const state = reactive<VoiceState>({
    phase: 'off',
    line: 'closed',
    halfDuplex: false,
    state: 'waiting',
    mode,
    muted: false,
    talking: false,
    level: 0,
    heard: '',
    caption: NOTHING,
    language: readerLanguage(),
    wanted: readerLanguage(),
    preferences: { language: '', voice: '', speed: 1 },
    voices: [],
    hears: null,
    speaks: null,
    enabled: true,
    devices: [],
    device,
    conversationId: null,
    exchanges: [],
    trouble: null,
    notice: null,
    error: null,
  })
  const cards = createCardsStore(api)
  let microphone: Microphone | null = null
  let player: ReturnType<VoiceParts['player']> | null = null
  let line: Line | null = null
  let captions = new Captions()
  let lead: Int16Array[] = []
  let letGo: ReturnType<typeof setTimeout> | undefined
  /** What was chosen instead of said: the next turn is about it. */
  let chosen = ''

  const isStarting = (): boolean => state.phase === 'starting'

  const session = (): Start => ({
    mode: state.mode,
    conversation_id: state.conversationId,
    scope: null,
    zone: timeZone(),
    language: state.language,
    voice: null,
    speed: null,
  })

  function exchangeOf(turnId: string): Exchange {
    const known = state.exchanges.find((exchange) => exchange.turnId === turnId)
    if (known) {
      return known
    }
    state.exchanges.push({ ...newExchange(chosen), turnId })
    chosen = ''
    return state.exchanges.at(-1) as Exchange // the reactive one
  }

  /** Show of an answer what the conversation has kept of it. */
  async function takeKept(turnId: string): Promise<void> {
    const id = state.conversationId
    if (id === null) {
      return
    }
    try {
      const conversation = await api.conversation(id)
      const kept = exchangesOf(conversation).find((exchange) => exchange.turnId === turnId)
      const shown = state.exchanges.find((exchange) => exchange.turnId === turnId)
      if (kept && shown) {
        Object.assign(shown, { ...kept, key: shown.key })
      }
    } catch {
      // Then the whole answer stands there until the page is loaded again.
    }
  }

  function takeTurn(event: TurnEvent): void {
    const exchange = exchangeOf(event.turn_id)
    if (event.type === 'turn.started' && event.conversation_id !== state.conversationId) {
      state.conversationId = event.conversation_id
      onConversation(event.conversation_id)
    }
    cards.keep(actionsOf(event))
    apply(exchange, event)
  }

  function takeSession(event: SessionEvent): void {
    switch (event.type) {
      case 'session.ready':
        if (!event.resumed) {
          player?.reset()
          captions = new Captions()
          if (state.muted) {
            line?.send({ type: 'mute', muted: true })
          }
        }
        state.hears = event.hears
        state.speaks = event.speaks
        break
      case 'engine':
        state.hears = event.hears
        state.speaks = event.speaks
        break
      case 'session.state':
        state.state = event.state
        break
      case 'speech.started':
        state.heard = ''
        state.notice = null
        break
      case 'transcript.delta':
        state.heard = event.text
        break
      case 'transcript.done':
        state.heard = ''
        if (event.turn_id !== null) {
          exchangeOf(event.turn_id).question = event.text
        }
        break
      case 'audio.started':
        captions.started(event.speech, event.text)
        break
      case 'audio.mark':
        captions.mark(event.speech, event.offset, event.text)
        break
      case 'audio.ended':
        player?.finish(event.speech, event.samples)
        break
      case 'audio.paused':
        player?.pause()
        break
      case 'audio.resumed':
        player?.resume()
        break
      case 'audio.stopped':
        player?.stop(event.speech)
        break
      case 'answer.cut':
        void takeKept(event.turn_id)
        break
      case 'notice':
      case 'error':
        state.notice = event.message
        break
    }
  }

  const listener: LineListener = {
    onEvent(event: VoiceEvent) {
      if (isOfTurn(event)) {
        takeTurn(event)
      } else {
        takeSession(event)
      }
    },
    onSpeech(frame) {
      player?.add(frame)
    },
    onState(now, reason) {
      state.line = now
      if (now === 'online') {
        state.notice = null
      } else if (now === 'closed') {
        leave(reason)
      }
    },
  }

  function onPlayed(played: Played): void {
    line?.send({ type: 'playback', ...played })
    state.caption = played.ended ? NOTHING : captions.at(played.speech, played.samples)
  }

  function onFrame(frame: Int16Array): void {
    const audible = !state.muted && (state.mode === 'hands_free' || state.talking)
    state.level = Math.max(audible ? loudness(frame) : 0, state.level * LEVEL_FALLS)
    if (audible) {
      line?.hear(frame)
    } else if (!state.muted) {
      lead.push(frame)
      lead.splice(0, lead.length - LEAD)
    }
  }

  function endTalk(): void {
    clearTimeout(letGo)
    if (state.talking) {
      state.talking = false
      line?.send({ type: 'talk.end' })
    }
  }

  /** Give microphone, loudspeaker and line back; `trouble` is why, when it was not wanted. */
  function leave(trouble: string | null): void {
    clearTimeout(letGo)
    const [oldLine, oldPlayer, oldMicrophone] = [line, player, microphone]
    line = player = microphone = null
    oldMicrophone?.close()
    oldPlayer?.close()
    oldLine?.close()
    lead = []
    Object.assign(state, { phase: 'off', line: 'closed', talking: false, level: 0, heard: '', caption: NOTHING, trouble })
  }

  function goHalfDuplex(): void {
    state.halfDuplex = true
    line = parts.halfDuplex(session, listener)
    line.open()
  }

  async function listen(id: string): Promise<Microphone> {
    const opened = await parts.openMicrophone(workletAddress, id, onFrame, () => {
      leave(new MicrophoneError('missing').message)
    })
    opened.mute(state.muted)
    state.device = opened.deviceId
    state.devices = await parts.inputDevices()
    return opened
  }

  async function look(): Promise<void> {
    try {
      const { wanted, language, info, preferences } = await spokenHere(api)
      const { hears, speaks, enabled } = info
      Object.assign(state, { wanted, language, hears, speaks, enabled, preferences })
      state.voices = enabled ? (await api.voices(language)).voices : []
    } catch (error) {
      state.error = asApiError(error)
    }
  }

  return {
    state,
    cards,

    look,

    async prefer(change) {
      const before = { preferences: state.preferences, wanted: state.wanted }
      state.error = null
      state.preferences = { ...before.preferences, ...change }
      state.wanted = state.preferences.language || before.wanted
      try {
        await api.preferVoice(change)
      } catch (error) {
        Object.assign(state, before, { error: asApiError(error) })
        return
      }
      await look()
    },

    async open(conversationId) {
      if (conversationId === state.conversationId) {
        return
      }
      leave(null)
      Object.assign(state, { conversationId, exchanges: [], error: null, notice: null })
      if (conversationId === null) {
        return
      }
      try {
        const conversation = await api.conversation(conversationId)
        if (state.conversationId === conversationId) {
          cards.keep(conversation.messages.flatMap((message) => message.actions ?? []))
          state.exchanges = exchangesOf(conversation)
        }
      } catch (error) {
        state.error = asApiError(error)
      }
    },

    async start() {
      if (state.phase !== 'off') {
        return
      }
      Object.assign(state, { phase: 'starting', trouble: null, notice: null, muted: false, state: 'waiting' })
      captions = new Captions()
      player = parts.player(onPlayed)
      try {
        await player.unlock()
        const opened = await listen(state.device)
        if (!isStarting()) {
          opened.close() // the user thought better of it meanwhile
          return
        }
        microphone = opened
      } catch (error) {
        leave(error instanceof MicrophoneError ? error.message : t('voiceassist', 'The sound could not be started.'))
        return
      }
      state.phase = 'on'
      line = parts.line(session, listener, goHalfDuplex)
      if (line === null) {
        goHalfDuplex()
      } else {
        state.halfDuplex = false
        line.open()
      }
    },

    stop() {
      leave(null)
    },

    setMode(mode) {
      endTalk()
      state.mode = mode
      keepHabits({ mode: state.mode, device: state.device })
      line?.send({ type: 'session.mode', mode })
    },

    setMuted(muted) {
      endTalk()
      state.muted = muted
      microphone?.mute(muted)
      line?.send({ type: 'mute', muted })
    },

    talk(pressed) {
      clearTimeout(letGo)
      if (!pressed) {
        letGo = setTimeout(endTalk, TAIL)
      } else if (state.phase === 'on' && state.mode === 'push_to_talk' && !state.muted && !state.talking) {
        player?.stop()
        state.talking = true
        line?.send({ type: 'talk.start' })
        lead.splice(0).forEach((frame) => line?.hear(frame))
      }
    },

    interrupt() {
      player?.stop()
      line?.send({ type: 'interrupt' })
    },

    choose(option) {
      player?.stop()
      chosen = option.label
      line?.send({ type: 'say', text: option.label, option: option.id })
    },

    async useDevice(id) {
      state.device = id
      keepHabits({ mode: state.mode, device: state.device })
      if (microphone !== null) {
        microphone.close()
        try {
          microphone = await listen(id)
        } catch (error) {
          leave(error instanceof MicrophoneError ? error.message : String(error))
        }
      }
    },
  }
}
