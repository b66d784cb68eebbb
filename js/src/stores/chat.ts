/** The conversation on screen: its exchanges, and the turn that is being answered. */

import { reactive } from 'vue'

import type { Action } from '../action'
import { ApiError, asApiError, type Api } from '../api'
import {
  actionsOf,
  type Citation,
  type Clarification,
  type ClarificationOption,
  type Considered,
  type ModelUsed,
  type Progress,
  type Step,
  type TokensUsed,
  type TurnEvent,
} from '../events'
import { t } from '../l10n'
import type { Conversation, Feedback, Scope, StoredMessage } from '../schemas'
import { followTurn, PATIENCE, type Patience } from '../turn-stream'

import { createCardsStore, type CardsStore } from './cards'
import { EVERYTHING } from './scope'

export type ExchangeState = 'sending' | 'answering' | 'done' | 'cancelled' | 'failed'

/** A question and one answer to it. */
export interface Exchange {
  /** Unique on the page; the server's ids come later than the first drawing. */
  key: number
  question: string
  turnId: string | null
  state: ExchangeState
  text: string
  citations: Citation[]
  /** Passages found, once known. */
  passages: number | null
  /** How far a long answer is, once it says so. */
  progress: Progress | null
  model: ModelUsed | null
  confidence: number | null
  steps: Step[]
  /** Seconds from the question to the complete answer. */
  took: number | null
  note: string | null
  /** What was searched for, where it is not the question as written. */
  searchedFor: string | null
  /** What was asked back instead of an answer. */
  clarification: Clarification | null
  /** The id of the option that this exchange chooses. */
  option: string | null
  error: ApiError | null
  considered: Considered | null
  /** What language models read and wrote for it; null when none was asked. */
  tokens: TokensUsed | null
  feedback: Feedback | null
  /** Ids of the actions that it proposed or changed. */
  actions: string[]
  /** All answers to this question, oldest first, this one among them; empty as long as there is only this one. */
  versions: Exchange[]
}

export interface Chat {
  conversationId: string | null
  exchanges: Exchange[]
  /** What the stored conversation is narrowed to. */
  scope: Scope
  loading: boolean
  /** Why the conversation could not be opened. */
  error: ApiError | null
}

export interface ChatStore {
  chat: Chat
  /** The actions of the exchanges, as they stand. */
  cards: CardsStore
  /** Show a stored conversation, or an empty one for null. An answer still under way is followed from its start. */
  open(conversationId: string | null): Promise<void>
  /** Ask, and follow the answer to its end. */
  ask(question: string, scope: Scope): Promise<void>
  /** Choose one of the options that were asked back, and follow the answer. */
  choose(option: ClarificationOption, scope: Scope): Promise<void>
  /** Follow a turn again whose line was lost, or ask again when there is none to follow. */
  retry(exchange: Exchange, scope: Scope): Promise<void>
  cancel(): Promise<void>
  /** Answer the question once more; the answers it has stay among its versions. */
  regenerate(exchange: Exchange): Promise<void>
  /** Show another of a question's answers in the place of this one. */
  showVersion(exchange: Exchange, version: Exchange): void
  /** Keep what the reader thinks of an answer; null takes it back. */
  judge(exchange: Exchange, feedback: Feedback | null): Promise<void>
  busy(): boolean
}

let nextKey = 1

export function newExchange(question: string): Exchange {
  return {
    key: nextKey++,
    question,
    turnId: null,
    state: 'sending',
    text: '',
    citations: [],
    passages: null,
    progress: null,
    model: null,
    confidence: null,
    steps: [],
    took: null,
    note: null,
    searchedFor: null,
    clarification: null,
    option: null,
    error: null,
    considered: null,
    tokens: null,
    feedback: null,
    actions: [],
    versions: [],
  }
}

/** An exchange with the same question, which takes the place of another one among its versions. */
function nextVersion(of: Exchange): Exchange {
  const next = { ...newExchange(of.question), key: of.key }
  if (of.versions.length === 0) {
    of.versions = [of]
  }
  of.versions.push(next)
  next.versions = of.versions
  return next
}

function mention(exchange: Exchange, actions: readonly Action[]): void {
  exchange.actions = [...new Set([...exchange.actions, ...actions.map((action) => action.id)])]
}

/** Put what an event says into its exchange. */
export function apply(exchange: Exchange, event: TurnEvent): void {
  mention(exchange, actionsOf(event))
  switch (event.type) {
    case 'turn.started':
      exchange.state = 'answering'
      break
    case 'retrieval.done':
      exchange.passages = event.passages
      exchange.searchedFor = event.searched_for ?? null
      break
    case 'progress':
      exchange.progress = { done: event.done, total: event.total, label: event.label }
      break
    case 'clarification':
      exchange.clarification = { question: event.question, options: event.options }
      break
    case 'answer.delta':
      exchange.text += event.text
      break
    case 'citation':
      if (!exchange.citations.some((known) => known.number === event.number)) {
        exchange.citations.push(event)
      }
      break
    case 'turn.done':
      exchange.text = event.text
      exchange.citations = event.citations
      exchange.model = event.model
      exchange.confidence = event.confidence
      exchange.steps = event.steps
      exchange.took = event.timings.total
      exchange.note = event.note
      exchange.considered = event.considered
      exchange.tokens = event.tokens ?? null
      exchange.searchedFor = event.searched_for ?? null
      exchange.clarification = event.clarification ?? null
      exchange.state = 'done'
      break
    case 'turn.cancelled':
      exchange.text = event.text
      exchange.state = 'cancelled'
      break
    case 'error':
      exchange.error = new ApiError(event.code, event.message)
      exchange.state = 'failed'
      exchange.turnId = null // nothing is left to follow: another try asks anew
      break
  }
}

const STATE_OF_STATUS: Readonly<Record<StoredMessage['status'], ExchangeState>> = {
  running: 'answering',
  done: 'done',
  cancelled: 'cancelled',
  failed: 'failed',
  interrupted: 'failed',
}

function addAnswer(exchange: Exchange, message: StoredMessage): void {
  exchange.turnId = message.turn_id
  exchange.text = message.text
  exchange.citations = message.citations
  exchange.model = message.model
  exchange.confidence = message.confidence
  exchange.note = message.note
  exchange.steps = message.steps
  exchange.took = message.timings?.total ?? null
  exchange.considered = message.considered
  exchange.tokens = message.tokens ?? null
  exchange.feedback = message.feedback
  exchange.searchedFor = message.searched_for ?? null
  exchange.clarification = message.clarification ?? null
  mention(exchange, message.actions ?? [])
  exchange.state = STATE_OF_STATUS[message.status]
  if (exchange.state === 'failed') {
    exchange.turnId = null // over long ago: another try asks anew
    exchange.error = new ApiError('UNAVAILABLE', t('voiceassist', 'This answer was not completed.'))
  }
}

/** Whether it answers a command, which no language model was asked for. */
export function isCommand(exchange: Exchange): boolean {
  return exchange.steps.some((step) => step.name === 'command')
}

/**
 * The actions whose cards an exchange shows: those that no later exchange tells of. A card goes along with the
 * conversation, so that it is there once, where the reader is.
 */
export function shownActions(exchanges: readonly Exchange[], exchange: Exchange): string[] {
  const later = new Set(exchanges.slice(exchanges.indexOf(exchange) + 1).flatMap((other) => other.actions))
  return exchange.actions.filter((id) => !later.has(id))
}

/** Those that were proposed in an exchange, not changed by it: no earlier one tells of them. */
function proposedIn(exchanges: readonly Exchange[], exchange: Exchange): string[] {
  const earlier = new Set(exchanges.slice(0, exchanges.indexOf(exchange)).flatMap((other) => other.actions))
  return exchange.actions.filter((id) => !earlier.has(id))
}

/**
 * The words of an answer that its cards do not say. Of what is proposed the answer ends with a line for each action and
 * one that asks for a yes; of what is changed it says nothing else than how the actions stand.
 */
export function wordsBesideCards(exchanges: readonly Exchange[], exchange: Exchange): string {
  if (shownActions(exchanges, exchange).length === 0) {
    return exchange.text
  }
  const proposed = proposedIn(exchanges, exchange).length
  return proposed === 0
    ? ''
    : exchange.text
        .split('\n')
        .slice(0, -(proposed + 1))
        .join('\n')
}

/** The exchanges of a stored conversation. A question without an answer is one whose answer has not begun yet. */
export function exchangesOf(conversation: Conversation): Exchange[] {
  const exchanges: Exchange[] = []
  let answered = false
  for (const message of conversation.messages) {
    const last = exchanges.at(-1)
    if (message.role === 'user') {
      const exchange = newExchange(message.text)
      exchange.turnId = message.turn_id
      exchange.state = 'answering'
      exchanges.push(exchange)
      answered = false
    } else if (last) {
      const answer = answered ? nextVersion(last) : last
      addAnswer(answer, message)
      exchanges[exchanges.length - 1] = answer
      answered = true
    }
  }
  return exchanges
}

export function createChatStore(
  api: Api,
  onConversation: (id: string) => void,
  patience: Patience = PATIENCE,
): ChatStore {
  const chat = reactive<Chat>({ conversationId: null, exchanges: [], scope: EVERYTHING, loading: false, error: null })
  const cards = createCardsStore(api)
  // Aborted when another conversation is opened: then nobody follows the old turn, which goes on at the server.
  let following = new AbortController()

  function leave(): AbortSignal {
    following.abort()
    following = new AbortController()
    return following.signal
  }

  const current = (): Exchange | undefined =>
    chat.exchanges.find((exchange) => exchange.state === 'sending' || exchange.state === 'answering')

  async function follow(exchange: Exchange, signal: AbortSignal): Promise<void> {
    if (exchange.turnId === null) {
      return
    }
    // Events are told from the first on: what was known before is told again.
    exchange.text = ''
    exchange.citations = []
    exchange.progress = null
    exchange.clarification = null
    exchange.error = null
    exchange.state = 'answering'
    for await (const event of followTurn(api, exchange.turnId, signal, patience)) {
      cards.keep(actionsOf(event))
      apply(exchange, event)
    }
  }

  async function run(exchange: Exchange, scope: Scope, signal: AbortSignal): Promise<void> {
    try {
      if (exchange.turnId === null) {
        const started = await api.startTurn(exchange.question, chat.conversationId, scope, exchange.option)
        exchange.turnId = started.turn_id
        if (!signal.aborted) {
          chat.conversationId = started.conversation_id
          onConversation(started.conversation_id)
        }
      }
      signal.throwIfAborted()
      await follow(exchange, signal)
    } catch (error) {
      if (!signal.aborted) {
        exchange.error = asApiError(error)
        exchange.state = 'failed'
        if (!exchange.error.retryable) {
          exchange.turnId = null // the turn is gone: another try asks anew
        }
      }
    }
  }

  /** Puts `next` where `exchange` stands; gives the reactive one. */
  function replace(exchange: Exchange, next: Exchange): Exchange {
    const place = chat.exchanges.findIndex((other) => other.key === exchange.key)
    chat.exchanges[place] = next
    return chat.exchanges[place] ?? next
  }

  return {
    chat,
    cards,
    busy: () => current() !== undefined,

    async open(conversationId) {
      if (conversationId === chat.conversationId && chat.error === null) {
        return
      }
      const signal = leave()
      Object.assign(chat, { conversationId, exchanges: [], scope: EVERYTHING, error: null, loading: conversationId !== null })
      if (conversationId === null) {
        return
      }
      try {
        const conversation = await api.conversation(conversationId, signal)
        if (signal.aborted) {
          return
        }
        cards.keep(conversation.messages.flatMap((message) => message.actions ?? []))
        chat.exchanges = exchangesOf(conversation)
        chat.scope = conversation.scope
        chat.loading = false
      } catch (error) {
        if (!signal.aborted) {
          chat.error = asApiError(error)
          chat.loading = false
        }
        return
      }
      const unfinished = current()
      if (unfinished) {
        await run(unfinished, chat.scope, signal)
      }
    },

    async ask(question, scope) {
      chat.exchanges.push(newExchange(question))
      const exchange = chat.exchanges.at(-1) as Exchange // the reactive one
      await run(exchange, scope, following.signal)
    },

    async choose(option, scope) {
      chat.exchanges.push({ ...newExchange(option.label), option: option.id })
      const exchange = chat.exchanges.at(-1) as Exchange // the reactive one
      await run(exchange, scope, following.signal)
    },

    async retry(exchange, scope) {
      Object.assign(exchange, { state: 'sending', error: null })
      await run(exchange, scope, following.signal)
    },

    async regenerate(exchange) {
      if (exchange.turnId === null) {
        return
      }
      const signal = following.signal
      try {
        const started = await api.regenerate(exchange.turnId)
        signal.throwIfAborted()
        const next = replace(exchange, { ...nextVersion(exchange), turnId: started.turn_id })
        next.versions.splice(-1, 1, next)
        await run(next, chat.scope, signal)
      } catch (error) {
        if (!signal.aborted) {
          exchange.error = asApiError(error)
        }
      }
    },

    showVersion(exchange, version) {
      replace(exchange, version)
    },

    async judge(exchange, feedback) {
      if (exchange.turnId === null) {
        return
      }
      try {
        await api.judge(exchange.turnId, feedback)
        exchange.feedback = feedback
        exchange.error = null
      } catch (error) {
        exchange.error = asApiError(error)
      }
    },

    async cancel() {
      const exchange = current()
      if (!exchange?.turnId) {
        return
      }
      try {
        await api.cancelTurn(exchange.turnId)
      } catch (error) {
        exchange.error = asApiError(error)
      }
    },
  }
}
