import { setLanguage } from '@nextcloud/l10n'
import type { DOMWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { ApiError, type Api } from '../../api'
import VoiceView from '../../components/voice/VoiceView.vue'
import DictationButton from '../../components/voice/DictationButton.vue'
import type { Conversation } from '../../schemas'
import { createVoiceStore, type VoiceStore } from '../../stores/voice'
import { hopeless, MicrophoneError, troubleOf } from '../../voice/microphone'
import type { VoiceParts } from '../../voice/parts'
import type { ClientMessage, LineListener, Played, Start, VoiceEvent, VoiceInfo, VoicePreferences } from '../../voice/protocol'
import { ANSWERED, fakeApi, mounted, settle, stored } from '../fakes'

const FRAME = new Int16Array(320).fill(3000)
const ENGINE = { name: 'pocketsphinx', data_goes_to: 'this machine', grade: 'command', languages: ['en'], streaming: true } as const
const INFO = { hears: { ...ENGINE, languages: ['en'] }, speaks: { ...ENGINE, name: 'espeak-ng', languages: [] }, enabled: true, max_seconds: 60 }

const NOTHING_CHOSEN: VoicePreferences = { language: '', voice: '', speed: 1 }

/** The browser's sound and the network, played by the test. */
interface Stage {
  store: VoiceStore
  sent: ClientMessage[]
  heard: number
  done: string[]
  conversations: string[]
  starts: Start[]
  tell: (event: VoiceEvent) => void
  frame: () => void
  played: (played: Played) => void
  listener: () => LineListener
}

function staged(more: Partial<VoiceParts> = {}, answers: Partial<Api> = {}): Stage {
  const conversations: string[] = []
  const stage = { sent: [], heard: 0, done: [], conversations, starts: [] } as unknown as Stage
  const did = (what: string) => (): void => {
    stage.done.push(what)
  }
  const parts: VoiceParts = {
    openMicrophone: (_worklet, id, onFrame) => {
      stage.frame = () => {
        onFrame(FRAME)
      }
      return Promise.resolve({
        deviceId: id || 'usual',
        mute: (muted: boolean) => stage.done.push(`mute ${muted}`),
        close: did('microphone closed'),
      })
    },
    inputDevices: () => Promise.resolve([{ id: 'usual', label: 'Usual' }, { id: 'other', label: 'Other' }]),
    player: (onPlayed) => {
      stage.played = onPlayed
      return {
        unlock: () => Promise.resolve(),
        add: did('sound'),
        finish: did('finish'),
        pause: did('pause'),
        resume: did('resume'),
        stop: did('silence'),
        reset: did('reset'),
        close: did('player closed'),
        heard: () => null,
      }
    },
    line: (start, listener) => {
      stage.listener = () => listener
      return {
        open: () => {
          stage.starts.push(start())
          listener.onState('online', null)
        },
        hear: () => (stage.heard += 1),
        send: (message) => stage.sent.push(message),
        close: did('line closed'),
      }
    },
    halfDuplex: () => {
      throw new Error('not here')
    },
    ...more,
  }
  stage.tell = (event) => {
    stage.listener().onEvent(event)
  }
  const api = fakeApi({
    voice: () => Promise.resolve(INFO),
    voices: () => Promise.resolve({ voices: ['de', 'en', 'en-gb'] }),
    voicePreferences: () => Promise.resolve(NOTHING_CHOSEN),
    ...answers,
  })
  stage.store = createVoiceStore(api, '/worklet.js', (id) => conversations.push(id), parts)
  return stage
}

async function talking(more: Partial<VoiceParts> = {}): Promise<Stage> {
  const stage = staged(more)
  await stage.store.start()
  return stage
}

beforeEach(() => {
  localStorage.clear()
})
afterEach(() => {
  setLanguage('en')
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('talking', () => {
  test('becomes an exchange of a conversation, whichever of its events comes first', async () => {
    const stage = await talking()
    const { state } = stage.store
    stage.tell({ type: 'transcript.delta', text: 'how' })
    expect(state.heard).toBe('how')
    stage.tell({ type: 'turn.started', turn_id: 't1', seq: 1, conversation_id: 'c1' })
    stage.tell({ type: 'transcript.done', text: 'how soon', words: [], engine: '', turn_id: 't1' })
    stage.tell({ ...ANSWERED, turn_id: 't1' })
    expect(state.exchanges.map(({ question, text, state: how }) => [question, text, how])).toEqual([
      ['how soon', 'Check the INR. [1]', 'done'],
    ])
    expect([state.heard, stage.conversations, state.conversationId]).toEqual(['', ['c1'], 'c1'])
  })

  test('that was nothing leaves no exchange', async () => {
    const stage = await talking()
    stage.tell({ type: 'transcript.done', text: 'mm-hm', words: [], engine: '', turn_id: null })
    expect(stage.store.state.exchanges).toEqual([])
  })

  test('hands the sound on, tells what was played, and shows the words as far as the sound is', async () => {
    const stage = await talking()
    stage.tell({ type: 'audio.started', speech: 1, turn_id: 't1', text: 'Within a week.' })
    expect(stage.store.state.caption.saying).toBe('')
    stage.played({ speech: 1, samples: 10, ended: false })
    expect(stage.store.state.caption.saying).toBe('Within a week.')
    stage.played({ speech: 1, samples: 20, ended: true })
    expect(stage.store.state.caption.saying).toBe('')
    expect(stage.sent.map(({ type }) => type)).toEqual(['playback', 'playback'])
    for (const [type, done] of [['audio.paused', 'pause'], ['audio.resumed', 'resume']] as const) {
      stage.tell({ type, speech: 1 })
      expect(stage.done.at(-1)).toBe(done)
    }
    stage.tell({ type: 'audio.stopped', speech: 1, reason: 'barge_in' })
    expect(stage.done.at(-1)).toBe('silence')
  })

  test('counts speeches anew in a new session, and not in one that goes on', async () => {
    const stage = await talking()
    const ready = { type: 'session.ready', session_id: 's', received: 0, hears: INFO.hears, speaks: INFO.speaks } as const
    stage.tell({ ...ready, resumed: true })
    expect(stage.done).not.toContain('reset')
    stage.tell({ ...ready, resumed: false })
    expect(stage.done).toContain('reset')
  })

  test('sends no sound while it is muted, and by push-to-talk only while it is pressed', async () => {
    vi.useFakeTimers()
    const stage = await talking()
    stage.frame()
    expect(stage.heard).toBe(1)
    stage.store.setMuted(true)
    stage.frame()
    expect([stage.heard, stage.done.includes('mute true')]).toEqual([1, true])
    stage.store.setMuted(false)
    stage.store.setMode('push_to_talk')
    stage.frame()
    expect(stage.heard).toBe(1)
    stage.store.talk(true)
    expect([stage.heard, stage.done.at(-1)]).toEqual([2, 'silence']) // what was said while pressing, and no answer over it
    stage.frame()
    stage.store.talk(false)
    stage.frame() // the end of the last word
    vi.advanceTimersByTime(200)
    stage.frame()
    expect(stage.heard).toBe(4)
    expect(stage.sent.map(({ type }) => type).slice(-2)).toEqual(['talk.start', 'talk.end'])
  })

  test('is let go when it is muted meanwhile, and stays muted in a session that begins anew', async () => {
    const stage = await talking()
    stage.store.setMode('push_to_talk')
    stage.store.talk(true)
    stage.store.setMuted(true)
    stage.store.talk(true)
    expect(stage.sent.map(({ type }) => type)).toEqual(['session.mode', 'talk.start', 'talk.end', 'mute'])
    const ready = { type: 'session.ready', session_id: 's', received: 0, hears: INFO.hears, speaks: INFO.speaks } as const
    stage.tell({ ...ready, resumed: false })
    expect(stage.sent.at(-1)).toEqual({ type: 'mute', muted: true })
  })

  test('goes on with what was chosen from what was asked back', async () => {
    const stage = await talking()
    stage.store.choose({ id: 'o2', label: 'Dr. Anneke Smith' })
    expect(stage.sent.at(-1)).toEqual({ type: 'say', text: 'Dr. Anneke Smith', option: 'o2' })
    stage.tell({ type: 'turn.started', turn_id: 't2', seq: 1, conversation_id: 'c1' })
    stage.tell({ type: 'turn.started', turn_id: 't3', seq: 1, conversation_id: 'c1' })
    expect(stage.store.state.exchanges.map(({ question }) => question)).toEqual(['Dr. Anneke Smith', ''])
  })

  test('gives microphone, loudspeaker and line back at the end, and when the server ends it, with the reason', async () => {
    const stage = await talking()
    stage.store.stop()
    expect(stage.done).toEqual(expect.arrayContaining(['microphone closed', 'player closed', 'line closed']))
    expect([stage.store.state.phase, stage.store.state.trouble]).toEqual(['off', null])
    const ended = await talking()
    ended.listener().onState('closed', 'The conversation goes on in another window.')
    expect(ended.done).toContain('microphone closed')
    expect(ended.store.state.trouble).toMatch(/another window/)
  })

  test('closes a microphone that was opened after the user thought better of it', async () => {
    let open: () => void = () => undefined
    let closed = 0
    const stage = staged({
      openMicrophone: () =>
        new Promise((resolve) => {
          open = () => {
            resolve({ deviceId: '', mute: () => undefined, close: () => (closed += 1) })
          }
        }),
    })
    const starting = stage.store.start()
    await settle()
    stage.store.stop()
    open()
    await starting
    expect([closed, stage.store.state.phase, stage.starts]).toEqual([1, 'off', []])
  })

  test.each(['refused', 'missing', 'busy', 'insecure'] as const)('says plainly that the microphone is %s', async (trouble) => {
    const stage = staged({ openMicrophone: () => Promise.reject(new MicrophoneError(trouble)) })
    await stage.store.start()
    const page = mounted(VoiceView, { store: stage.store })
    expect(page.text()).toContain(new MicrophoneError(trouble).message)
    expect(stage.store.state.phase).toBe('off')
  })

  test('goes by requests where no WebSocket passes', async () => {
    const opened: string[] = []
    const line = { open: () => opened.push('half'), hear: () => undefined, send: () => undefined, close: () => undefined }
    const stage = await talking({ line: () => null, halfDuplex: () => line })
    expect([opened, stage.store.state.halfDuplex]).toEqual([['half'], true])
  })

  test('keeps in the browser how one talks, and into what', async () => {
    const stage = await talking()
    stage.store.setMode('push_to_talk')
    await stage.store.useDevice('other')
    expect(staged().store.state).toMatchObject({ mode: 'push_to_talk', device: 'other' })
  })

  test('is in English where nothing hears the language of the page', async () => {
    setLanguage('de')
    const stage = staged({}, {
      voice: (language) => (language === 'en' ? Promise.resolve(INFO) : Promise.reject(new Error('nobody'))),
    })
    await stage.store.look()
    await stage.store.start()
    expect(stage.starts[0]?.language).toBe('en')
    expect(mounted(VoiceView, { store: stage.store }).text()).toMatch(/nothing here hears your language/)
  })

  test('is in the language that the user chose, and leaves voice and speed to what the server remembers', async () => {
    const stage = staged({}, { voicePreferences: () => Promise.resolve({ language: 'de', voice: 'x', speed: 1.25 }) })
    await stage.store.look()
    await stage.store.start()
    expect(stage.starts[0]).toMatchObject({ language: 'de', voice: null, speed: null })
  })

  test('shows of an answer that was spoken over what the conversation keeps', async () => {
    const kept = {
      id: 'c1',
      scope: { files: [], folders: [] },
      messages: [
        stored({ role: 'user', text: 'how soon' }),
        stored({ role: 'assistant', text: 'Check', note: 'This answer was interrupted.' }),
      ],
    } as unknown as Conversation
    const stage = staged({}, { conversation: () => Promise.resolve(kept) })
    await stage.store.start()
    stage.tell({ type: 'turn.started', turn_id: 't1', seq: 1, conversation_id: 'c1' })
    stage.tell({ ...ANSWERED, turn_id: 't1' })
    const { key } = stage.store.state.exchanges[0] ?? {}
    stage.tell({ type: 'answer.cut', turn_id: 't1' })
    await settle()
    expect(stage.store.state.exchanges).toHaveLength(1)
    expect(stage.store.state.exchanges[0]).toMatchObject({
      key,
      question: 'how soon',
      text: 'Check',
      note: 'This answer was interrupted.',
      citations: [],
    })
  })
})

describe('how one talks', () => {
  async function chosen(preferVoice: Api['preferVoice']): Promise<{ stage: Stage; view: ReturnType<typeof mounted> }> {
    let preferences = NOTHING_CHOSEN
    const stage = staged({}, {
      voicePreferences: () => Promise.resolve(preferences),
      preferVoice: async (change) => {
        const kept = await preferVoice(change)
        preferences = { ...preferences, ...change }
        return kept
      },
    })
    await stage.store.look()
    return { stage, view: mounted(VoiceView, { store: stage.store }) }
  }
  const select = (view: ReturnType<typeof mounted>, name: string): DOMWrapper<HTMLSelectElement> =>
    view.findAll('label').find((label) => label.text().startsWith(name))?.get('select') as DOMWrapper<HTMLSelectElement>

  test('is chosen before a conversation and remembered by the server', async () => {
    const kept: Partial<VoicePreferences>[] = []
    const { stage, view } = await chosen((change) => {
      kept.push(change)
      return Promise.resolve(NOTHING_CHOSEN)
    })
    expect(select(view, 'Voice').findAll('option').map((option) => option.text())).toEqual(['The usual one', 'en', 'en-gb'])
    await select(view, 'Voice').setValue('en-gb')
    await select(view, 'Answers are spoken').setValue('1.25')
    await settle()
    expect(stage.store.state.preferences).toEqual({ language: '', voice: 'en-gb', speed: 1.25 })
    await select(view, 'Language').setValue('de')
    await settle()
    expect(kept).toEqual([{ voice: 'en-gb' }, { speed: 1.25 }, { language: 'de', voice: '' }])
    expect(stage.store.state.language).toBe('de')
    await stage.store.start()
    await settle()
    expect(view.find('.choices').exists()).toBe(false)
    view.unmount()
  })

  test('stays as it was where the server does not keep it, and says why', async () => {
    const { stage, view } = await chosen(() => Promise.reject(new ApiError('UNAVAILABLE', 'Not now.')))
    await select(view, 'Answers are spoken').setValue('1.5')
    await settle()
    expect(stage.store.state.preferences.speed).toBe(1)
    expect(select(view, 'Answers are spoken').element.value).toBe('1')
    expect(view.text()).toContain('Not now.')
    view.unmount()
  })

  test('is not asked where the administrator has switched voice off', async () => {
    const off: VoiceInfo = { hears: null, speaks: null, enabled: false, max_seconds: 60 }
    const stage = staged({}, { voice: () => Promise.resolve(off), voices: () => Promise.reject(new Error('off')) })
    await stage.store.look()
    const view = mounted(VoiceView, { store: stage.store })
    expect(view.text()).toContain('Your administrator has switched voice off.')
    expect(view.find('.choices').exists()).toBe(false)
    expect(view.findAll('button').find((one) => one.text() === 'Start talking')?.attributes('disabled')).toBeDefined()
    expect(stage.store.state.error).toBeNull()
    view.unmount()
  })
})

describe('the page to talk on', () => {
  async function page(stage: Stage): Promise<ReturnType<typeof mounted>> {
    await stage.store.look()
    return mounted(VoiceView, { store: stage.store })
  }

  test('says the state in words to everybody, who hears, and how well', async () => {
    const stage = await talking()
    const view = await page(stage)
    for (const [state, words] of [['listening', 'Listening'], ['thinking', 'Thinking'], ['speaking', 'Speaking']] as const) {
      stage.tell({ type: 'session.state', state })
      await settle()
      expect(view.get('[role="status"]').text()).toBe(words)
    }
    expect(view.text()).toMatch(/pocketsphinx · Your voice stays on this server\.\s*Command grade:/)
  })

  test('talks while the space bar is held, but not when it is pressed on a button', async () => {
    const stage = await talking()
    stage.store.setMode('push_to_talk')
    const view = await page(stage)
    const press = (type: string, target: EventTarget): boolean =>
      target.dispatchEvent(new KeyboardEvent(type, { key: ' ', bubbles: true, cancelable: true }))
    press('keydown', view.findAll('button').find((one) => one.text() === 'Mute')?.element as Element)
    expect(stage.store.state.talking).toBe(false)
    press('keydown', document.body)
    expect(stage.store.state.talking).toBe(true)
    press('keydown', document.body) // held: some browsers repeat without saying so
    window.dispatchEvent(new Event('blur'))
    await vi.waitFor(() => {
      expect(stage.store.state.talking).toBe(false)
    })
    expect(stage.sent.filter(({ type }) => type === 'talk.start')).toHaveLength(1)
    view.unmount()
  })

  test('Escape stops the answer', async () => {
    const stage = await talking()
    const view = await page(stage)
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))
    expect(stage.sent.at(-1)).toEqual({ type: 'interrupt' })
    view.unmount()
  })
})

describe('the microphone', () => {
  test.each([
    ['NotAllowedError', 'refused'],
    ['NotFoundError', 'missing'],
    ['NotReadableError', 'busy'],
  ])('that fails with %s is %s', (name, trouble) => {
    expect(troubleOf(new DOMException('', name))).toBe(trouble)
  })

  test('is hopeless where the page is not secure, or its policy forbids it, or Nextcloud is not known to allow it', () => {
    const page = (allows: boolean): Document => ({ featurePolicy: { allowsFeature: () => allows } }) as unknown as Document
    vi.stubGlobal('isSecureContext', false)
    expect(hopeless(false)).toBe('insecure')
    vi.stubGlobal('isSecureContext', true)
    vi.stubGlobal('AudioWorkletNode', vi.fn())
    vi.stubGlobal('navigator', { mediaDevices: {} })
    expect(hopeless(true, page(false))).toBe('blocked')
    expect(hopeless(true, {} as Document)).toBe('blocked')
    expect([hopeless(true, page(true)), hopeless(false, {} as Document)]).toEqual([null, null])
  })

  test('in a page of Nextcloud that may not use it is a link to the page that may', () => {
    vi.stubGlobal('isSecureContext', true)
    vi.stubGlobal('document', Object.assign(document, { featurePolicy: { allowsFeature: () => false } }))
    const button = mounted(DictationButton, { seconds: 60, language: 'en' })
    expect(button.get('a').attributes('href')).toBe('/voice#/chat')
    window.location.hash = '#/chat/c7'
    expect(mounted(DictationButton, { seconds: 60, language: 'en' }).get('a').attributes('href')).toBe('/voice#/chat/c7')
    window.location.hash = ''
  })
})
