import { shallowMount, type VueWrapper } from '@vue/test-utils'
import { afterEach, describe, expect, test, vi } from 'vitest'

import type { Api } from '../api'
import App from '../App.vue'
import AppNavigation from '../components/AppNavigation.vue'
import ChatView from '../components/ChatView.vue'
import PassageSidebar from '../components/PassageSidebar.vue'
import type { ChatStore } from '../stores/chat'
import { EVERYTHING } from '../stores/scope'
import type { VoiceInfo } from '../voice/protocol'

import { fakeApi, provided, settle } from './fakes'

const ENGINE = { name: 'e', data_goes_to: 'this machine', grade: 'command', languages: ['en'], streaming: true } as const
const ON: VoiceInfo = { hears: { ...ENGINE, languages: [] }, speaks: { ...ENGINE, languages: [] }, enabled: true, max_seconds: 60 }
const OFF: VoiceInfo = { ...ON, hears: null, speaks: null, enabled: false }

let app: VueWrapper | null = null

/** The page, without what its parts draw. */
async function page(answers: Partial<Api>): Promise<VueWrapper> {
  const api = fakeApi({ voicePreferences: () => Promise.resolve({ language: '', voice: '', speed: 1 }), ...answers })
  app = shallowMount(App, {
    global: {
      provide: provided(api),
      renderStubDefaultSlot: true,
    },
  })
  await settle()
  return app
}

function escape(): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true })
  document.body.dispatchEvent(event)
  return event
}

afterEach(() => {
  app?.unmount()
})

describe('Escape in the chat', () => {
  test('closes the passage first, then stops the answer that is being written, and else means nothing', async () => {
    const cancelTurn = vi.fn(() => Promise.resolve())
    const never = new ReadableStream<Uint8Array>()
    const wrapper = await page({
      startTurn: () => Promise.resolve({ turn_id: 't1', conversation_id: 'c1' }),
      openEvents: () => Promise.resolve(never),
      passage: () => new Promise(() => undefined),
      cancelTurn,
    })
    expect(escape().defaultPrevented).toBe(false)
    const chat = wrapper.getComponent(ChatView)
    void (chat.props('store') as ChatStore).ask('How soon?', EVERYTHING)
    await settle()
    chat.vm.$emit('show', { id: 'p1', question: '', title: '', link: '' })
    const passage = wrapper.getComponent(PassageSidebar).props('store') as { state: { shown: unknown } }
    expect(passage.state.shown).not.toBeNull()
    expect(escape().defaultPrevented).toBe(true)
    expect([passage.state.shown, cancelTurn.mock.calls]).toEqual([null, []])
    escape()
    expect(cancelTurn.mock.calls).toEqual([['t1']])
  })
})

describe('talking and dictating', () => {
  test.each([
    [ON, '/voice#/chat', true],
    [OFF, null, false],
  ])('are offered unless the administrator has switched voice off', async (info, talk, dictates) => {
    const wrapper = await page({ voice: () => Promise.resolve(info) })
    expect(wrapper.getComponent(AppNavigation).props('talk')).toBe(talk)
    expect(wrapper.getComponent(ChatView).props('dictation') !== null).toBe(dictates)
  })
})
