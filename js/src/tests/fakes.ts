/**
 * An `Api` that answers from what a test hands it. It leaves HTTP unproved: api.test.ts covers that, and the browser
 * tests the whole.
 */

import type { Component } from 'vue'
import { mount, type VueWrapper } from '@vue/test-utils'

import { Api } from '../api'
import type { Environment } from '../environment'
import type { Citation, TurnEvent } from '../events'
import { createRouter } from '../route'
import type { StoredMessage } from '../schemas'
import { API, ENVIRONMENT, IDENTITY, ROUTER } from '../services'
import { createIdentityStore } from '../stores/identity'

export const NOWHERE: Environment = {
  embedded: false,
  apiBase: '/api/v1',
  streamBase: null,
  probeStream: false,
  requestToken: () => null,
  worklet: '/js/voiceassist-capture.js',
  chatPage: '/',
  voicePage: '/voice',
  issuerLogin: '/auth/login',
}

export function fakeApi(answers: Partial<Api>): Api {
  const api = new Api(NOWHERE, () => Promise.reject(new Error('a test must answer this')))
  return Object.assign(api, answers)
}

/** What main.ts provides. */
export function provided(api: Api, identity = createIdentityStore(api, false)): Record<symbol, unknown> {
  return {
    [API as symbol]: api,
    [ENVIRONMENT as symbol]: NOWHERE,
    [IDENTITY as symbol]: identity,
    [ROUTER as symbol]: createRouter(),
  }
}

export function mounted(
  component: Component,
  props: object,
  api = fakeApi({}),
  identity = createIdentityStore(api, false),
): VueWrapper {
  return mount(component, { props, attachTo: document.body, global: { provide: provided(api, identity) } })
}

export function citation(number: number, more: Partial<Citation> = {}): Citation {
  return {
    number,
    passage_id: `p${number}`,
    document_id: '7',
    title: 'Protocol.pdf',
    path: '/Protocols/Protocol.pdf',
    page: 12,
    section: null,
    quote: 'The INR is checked.',
    start: 0,
    end: 19,
    link: '/f/7',
    ...more,
  }
}

export const ANSWERED: TurnEvent = {
  type: 'turn.done',
  turn_id: 't1',
  seq: 5,
  text: 'Check the INR. [1]',
  citations: [citation(1)],
  model: { name: 'Extractive', provider: 'builtin', data_goes_to: 'this machine', reason: 'None is configured.' },
  confidence: 0.8,
  answered: true,
  steps: [{ name: 'retrieve', seconds: 0.1 }],
  timings: { first_text: 0.1, total: 0.4 },
  note: null,
  considered: { passages: 3, cited: 1, not_cited: [{ title: 'Other.pdf', page: 2, section: null }], gone: 0 },
}

/** What a stored message has beside its words; `more` says those. */
export function stored(more: Partial<StoredMessage> & Pick<StoredMessage, 'role' | 'text'>): StoredMessage {
  return {
    id: 'm',
    citations: [],
    turn_id: 't1',
    question_id: null,
    created_at: '',
    status: 'done',
    model: null,
    confidence: null,
    note: null,
    steps: [],
    timings: null,
    considered: null,
    feedback: null,
    ...more,
  }
}

/** Let everything that is ready to run, run. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 20; round++) {
    await new Promise((resolve) => setTimeout(resolve))
  }
}
