import { describe, expect, test, vi } from 'vitest'
import { nextTick } from 'vue'

import { ApiError } from '../api'
import AnswerBadge from '../components/AnswerBadge.vue'
import AnswerFeedback from '../components/AnswerFeedback.vue'
import AnswerText from '../components/AnswerText.vue'
import ChatComposer from '../components/ChatComposer.vue'
import ChatExchange from '../components/ChatExchange.vue'
import ErrorNote from '../components/ErrorNote.vue'
import FilesSummaryBar from '../components/FilesSummaryBar.vue'
import FilesTable from '../components/FilesTable.vue'
import HighlightedText from '../components/HighlightedText.vue'
import PassageSidebar from '../components/PassageSidebar.vue'
import ScopePicker from '../components/ScopePicker.vue'
import type { FileRow, FilesSummary, FolderEntry, Passage } from '../schemas'
import { createCardsStore } from '../stores/cards'
import { exchangesOf } from '../stores/chat'
import { EVERYTHING } from '../stores/scope'
import { createPassageStore, refOfCitation } from '../stores/passage'

import { citation, fakeApi, mounted, settle, stored } from './fakes'

function file(more: Partial<FileRow>): FileRow {
  return {
    file_id: 7,
    path: '/Archive/Old scan.pdf',
    name: 'Old scan.pdf',
    mime: 'application/pdf',
    size: 1000,
    modified: '2026-01-01T00:00:00Z',
    state: 'indexed',
    reason: null,
    progress: null,
    chunks: 3,
    pages: 2,
    indexed_at: null,
    attempts: 1,
    next_attempt_at: null,
    link: '/f/7',
    ...more,
  }
}

/** What an exchange without actions is given. */
const NO_CARDS = { cards: createCardsStore(fakeApi({})), shown: [], words: '' }

describe('an answer', () => {
  test('shows a button for every citation it knows, and the rest as text', async () => {
    const wrapper = mounted(AnswerText, {
      text: 'Check it. [1] Wait. [9]\n- one [1]',
      citations: [citation(1)],
      growing: false,
    })
    const buttons = wrapper.findAll('button.citation')
    expect(buttons.map((button) => button.attributes('aria-label'))).toEqual(
      Array(2).fill('Source 1: Protocol.pdf, Page 12'),
    )
    expect(wrapper.text()).toContain('Wait.[9]')
    expect(wrapper.findAll('li')).toHaveLength(1)
    await buttons[0]?.trigger('click')
    expect(wrapper.emitted('cite')).toEqual([[citation(1)]])
  })

  test('never makes markup of what a file or model says', () => {
    const text = '<img src=x onerror=alert(1)> ![a](http://evil/a.png) <script>1</script>'
    const wrapper = mounted(AnswerText, { text, citations: [], growing: false })
    expect(wrapper.find('img, script, a').exists()).toBe(false)
    expect(wrapper.text()).toBe(text)
  })

  test('shows no half citation while it grows', () => {
    const wrapper = mounted(AnswerText, { text: 'Check it. [1', citations: [], growing: true })
    expect(wrapper.text()).toBe('Check it.')
  })

  test('tells where the data went', () => {
    const facts = { confidence: 0.82, steps: [], took: 0.44, considered: null, tokens: null }
    const summary = (props: object): string => mounted(AnswerBadge, props).get('summary').text()
    const here = { name: 'Extractive', provider: 'builtin', data_goes_to: 'this machine', reason: '' }
    expect(summary({ model: here, ...facts })).toBe(
      'Answered by Extractive · Nothing left this server · Confidence 82 % · 0.4 s',
    )
    const there = { name: 'gpt', provider: 'endpoint', data_goes_to: 'llm.example', reason: '' }
    expect(summary({ model: there, ...facts, confidence: null, took: null })).toBe(
      'Answered by gpt · Question and passages went to llm.example',
    )
  })

  test('tells more when its badge is opened', () => {
    const considered = { passages: 3, cited: 1, not_cited: [{ title: 'Other.pdf', page: 2, section: null }], gone: 1 }
    const model = { name: 'tiny', provider: 'endpoint', data_goes_to: 'llm.example', reason: 'It is the configured one.' }
    const steps = [
      { name: 'retrieve', seconds: 0.1 },
      { name: 'new', seconds: 2 },
    ]
    const tokens = { read: 1200, written: 45, estimated: true, cost: 0.0025 }
    const props = { model, confidence: 0.5, steps, took: 2.1, considered, tokens }
    const text = mounted(AnswerBadge, props).get('dl').text()
    for (const part of [
      'tiny (endpoint)',
      'It is the configured one.',
      '3 passages read',
      '1 of them cited',
      'Read and not cited: 2',
      'Other.pdf, Page 2',
      '1 passage of your own files was left out',
      'Finding passages: 0.1 s',
      'new: 2 s',
      '1,200 read, 45 written (estimated)',
      'Cost by the prices of your administrator: 0.0025',
    ]) {
      expect(text).toContain(part)
    }
  })

  test('is judged by thumbs with a word why, and a pressed thumb takes it back', async () => {
    const wrapper = mounted(AnswerFeedback, { feedback: null })
    await wrapper.get('[aria-label="Bad answer"]').trigger('click')
    expect(wrapper.emitted('judge')?.at(-1)).toEqual([{ rating: 'down', words: null }])
    await wrapper.setProps({ feedback: { rating: 'down', words: null } })
    expect(wrapper.get('[aria-label="Bad answer"]').attributes('aria-pressed')).toBe('true')
    await wrapper.get('input').setValue(' too long ')
    await wrapper.get('form').trigger('submit')
    expect(wrapper.emitted('judge')?.at(-1)).toEqual([{ rating: 'down', words: 'too long' }])
    await wrapper.setProps({ feedback: { rating: 'down', words: 'too long' } })
    expect(wrapper.text()).toContain('Your comment: too long')
    await wrapper.get('[aria-label="Bad answer"]').trigger('click')
    expect(wrapper.emitted('judge')?.at(-1)).toEqual([null])
  })

  test('shows its note, its error and what to do about it', async () => {
    const [exchange] = exchangesOf({
      id: 'c',
      title: '',
      created_at: '',
      updated_at: '',
      scope: EVERYTHING,
      messages: [stored({ role: 'user', text: 'When?' })],
    })
    const error = new ApiError('UNAVAILABLE', 'The model does not answer.')
    const failed = { ...exchange, state: 'failed', note: 'Answered without the model.', error }
    const wrapper = mounted(ChatExchange, { exchange: failed, last: true, busy: false, ...NO_CARDS })
    expect(wrapper.text()).toContain('Answered without the model.')
    expect(wrapper.find('[role="alert"]').text()).toContain('The model does not answer.')
    expect(wrapper.text()).toContain('Wait a moment')
    await wrapper.get('[role="alert"] button').trigger('click')
    expect(wrapper.emitted('retry')).toHaveLength(1)
  })

  test('offers what was asked back as buttons in a named group, which rest once the conversation went on', async () => {
    const [exchange] = exchangesOf({
      id: 'c',
      title: '',
      created_at: '',
      updated_at: '',
      scope: EVERYTHING,
      messages: [stored({ role: 'user', text: 'Kidney disease?' })],
    })
    const options = [
      { id: 'o1', label: 'Acute' },
      { id: 'o2', label: 'Chronic' },
    ]
    const asked = {
      ...exchange,
      state: 'done',
      text: 'Which do you mean? Acute or Chronic?',
      searchedFor: 'kidney disease',
      clarification: { question: 'Which do you mean?', options },
    }
    const wrapper = mounted(ChatExchange, { exchange: asked, last: true, busy: false, ...NO_CARDS })
    expect(wrapper.text()).toContain('Searched for: kidney disease')
    const group = wrapper.get('[role="group"]')
    expect(group.attributes('aria-label')).toBe('Which do you mean?')
    expect(group.findAll('button').map((button) => button.text())).toEqual(['Acute', 'Chronic'])
    await group.findAll('button')[1]?.trigger('click')
    expect(wrapper.emitted('choose')).toEqual([[options[1]]])
    await wrapper.setProps({ last: false })
    expect(group.findAll('button').every((button) => button.attributes('disabled') !== undefined)).toBe(true)
  })
})

test('an unreachable server is named in the words of the reader', () => {
  const wrapper = mounted(ErrorNote, { error: new ApiError('UNREACHABLE', 'Failed to fetch') })
  expect(wrapper.text()).toContain('VoiceAssist does not answer.')
  expect(wrapper.text()).not.toContain('Failed to fetch')
  expect(wrapper.find('button').exists()).toBe(false)
})

test('highlighted words are marks, cited words are set off', () => {
  const cited = { quote: 'INR is', start: 4, end: 10 }
  const wrapper = mounted(HighlightedText, { text: 'The INR is checked.', highlights: [[4, 7]], cited })
  expect(wrapper.findAll('mark').map((mark) => mark.text())).toEqual(['INR'])
  expect(wrapper.findAll('.highlighted-text__quote').map((part) => part.element.textContent)).toEqual(['INR', ' is'])
  expect(wrapper.element.textContent).toBe('The INR is checked.')
})

describe('the box for questions', () => {
  const folder: FolderEntry = { file_id: 1, path: '/Letters', name: 'Letters', is_folder: true }

  test('sends with Enter, breaks the line with Shift+Enter, and waits for the input method', async () => {
    const wrapper = mounted(ChatComposer, { busy: false, earlier: 0, scope: [] })
    const box = wrapper.find('textarea')
    await box.setValue('  When? ')
    await box.trigger('keydown', { key: 'Enter', shiftKey: true })
    await box.trigger('keydown', { key: 'Enter', isComposing: true })
    expect(wrapper.emitted('ask')).toBeUndefined()
    await box.trigger('keydown', { key: 'Enter' })
    expect(wrapper.emitted('ask')).toEqual([['When?']])
    expect(box.element.value).toBe('')
  })

  test('sends nothing empty, and nothing while an answer is coming', async () => {
    const wrapper = mounted(ChatComposer, { busy: false, earlier: 0, scope: [] })
    await wrapper.find('textarea').setValue('   ')
    await wrapper.find('textarea').trigger('keydown', { key: 'Enter' })
    await wrapper.setProps({ busy: true })
    await wrapper.find('textarea').setValue('When?')
    await wrapper.find('textarea').trigger('keydown', { key: 'Enter' })
    expect(wrapper.emitted('ask')).toBeUndefined()
    await wrapper.find('[aria-label="Stop answering"]').trigger('click')
    expect(wrapper.emitted('cancel')).toHaveLength(1)
  })

  test('shows the scope, and takes a part of it away', async () => {
    const wrapper = mounted(ChatComposer, { busy: false, earlier: 0, scope: [folder] })
    expect(wrapper.text()).toContain('Letters')
    await wrapper.find('[aria-label="No longer only Letters"]').trigger('click')
    expect(wrapper.emitted('update:scope')).toEqual([[[]]])
  })

  test('tells of a scope that was chosen earlier, and forgets it on request', async () => {
    const wrapper = mounted(ChatComposer, { busy: false, earlier: 2, scope: [] })
    expect(wrapper.text()).toContain('Only 2 items chosen earlier')
    await wrapper.find('[aria-label="Ask about all files again"]').trigger('click')
    expect(wrapper.emitted('forgetEarlier')).toHaveLength(1)
  })

  test('picks a scope by walking through the folders', async () => {
    const letter: FolderEntry = { file_id: 2, path: '/Letters/Berger.docx', name: 'Berger.docx', is_folder: false }
    const folders = vi.fn((path: string) => Promise.resolve(path === '/' ? [folder] : [letter]))
    const chosen: FolderEntry[] = []
    const take = (picked: FolderEntry[]): number => chosen.push(...picked)
    mounted(ScopePicker, { chosen: [], 'onUpdate:chosen': take }, fakeApi({ folder: folders }))
    await settle()
    document.querySelector<HTMLElement>('[aria-label="Open the folder Letters"]')?.click()
    await settle()
    expect(folders.mock.calls).toEqual([['/'], ['/Letters']])
    document.querySelector<HTMLInputElement>('input[type="checkbox"]')?.click()
    await nextTick()
    const buttons = [...document.querySelectorAll('button')]
    buttons.find((button) => button.textContent.includes('Ask only about these'))?.click()
    await settle()
    expect(chosen).toEqual([letter])
  })
})

describe('the files', () => {
  const summary: FilesSummary = {
    total: 6,
    indexed: 2,
    waiting: 1,
    running: 1,
    failed: 1,
    skipped: 1,
    chunks: 9,
    crawling: false,
    last_crawl_at: null,
    error: 'Nextcloud did not answer for 3 minutes.',
  }

  test('tell their state by words, with reason and retry where one failed', async () => {
    const failed = file({ state: 'failed', reason: 'The file is password-protected.' })
    const wrapper = mounted(FilesTable, { rows: [file({ file_id: 1 }), failed], retrying: [] })
    const [first, second] = wrapper.findAll('tbody tr')
    expect(first?.text()).toContain('Indexed')
    expect(first?.text()).toContain('2 pages, 3 passages')
    expect(first?.find('button').exists()).toBe(false)
    expect(second?.text()).toContain('The file is password-protected.')
    await second?.find('[aria-label="Try Old scan.pdf again"]').trigger('click')
    expect(wrapper.emitted('retry')).toEqual([[7]])
  })

  test('cannot be retried twice at once', () => {
    const wrapper = mounted(FilesTable, { rows: [file({ state: 'failed' })], retrying: [7] })
    expect(wrapper.find('button').attributes('disabled')).toBeDefined()
  })

  test('show progress to eyes and ears', () => {
    const wrapper = mounted(FilesTable, { rows: [file({ state: 'running', progress: 0.4 })], retrying: [] })
    const bar = wrapper.find('progress')
    expect(bar.attributes('value')).toBe('40')
    expect(bar.attributes('aria-label')).toBe('Progress of Old scan.pdf')
  })

  test('never link to a script', () => {
    const wrapper = mounted(FilesTable, { rows: [file({ link: 'javascript:alert(1)' })], retrying: [] })
    expect(wrapper.find('a').exists()).toBe(false)
  })

  test('are counted by state, filtered by a press, with progress and trouble in words', async () => {
    const wrapper = mounted(FilesSummaryBar, { summary, filter: null })
    expect(wrapper.text()).toContain('Indexing: 2 files to go')
    expect(wrapper.find('progress').attributes('value')).toBe('67')
    expect(wrapper.text()).toContain('Nextcloud did not answer for 3 minutes.')
    await wrapper.find('[data-state="failed"]').trigger('click')
    expect(wrapper.emitted('filter')).toEqual([['failed']])
    expect(wrapper.find('[data-state="all"]').attributes('aria-pressed')).toBe('true')
  })
})

test('the passage panel shows place, words, surroundings and ways to the file', async () => {
  const passage: Passage = {
    passage_id: 'p1',
    document_id: '7',
    title: 'Protocol.pdf',
    path: '/Protocols/Protocol.pdf',
    mime: 'application/pdf',
    page: 12,
    section: null,
    headings: ['Anticoagulation', 'Monitoring'],
    text: 'The INR is checked.',
    before: 'Before.',
    after: 'After.',
    highlights: [[4, 7]],
    link: 'https://cloud.example/f/7',
  }
  const api = fakeApi({ passage: () => Promise.resolve(passage) })
  const store = createPassageStore(api)
  await store.show(refOfCitation(citation(1), 'INR?'))
  const wrapper = mounted(PassageSidebar, { store }, api)
  await settle()
  expect(wrapper.text()).toContain('Page 12')
  expect(wrapper.text()).toContain('Anticoagulation › Monitoring')
  expect(wrapper.find('.passage__itself').text()).toBe('The INR is checked.')
  expect(wrapper.findAll('.passage__around').map((part) => part.text())).toEqual([
    'Text before the passage: Before.',
    'Text after the passage: After.',
  ])
  expect(wrapper.findAll('a').map((link) => link.attributes('href'))).toEqual([
    'https://cloud.example/f/7',
    '/api/v1/files/7/content#page=12',
  ])
})

test('the passage panel names the section of the cited words, not the one that the passage begins in', async () => {
  const passage = { page: null, section: 'Red flags', headings: ['Concussion', 'Red flags'], text: '', highlights: [] }
  const api = fakeApi({ passage: () => Promise.resolve(passage as unknown as Passage) })
  const store = createPassageStore(api)
  const cited = citation(1, { section: 'Adults', headings: ['Concussion', 'Adults'] })
  await store.show(refOfCitation(cited, 'Adults?'))
  const wrapper = mounted(PassageSidebar, { store }, api)
  await settle()
  expect(wrapper.text()).toContain('Section: Adults')
  expect(wrapper.text()).toContain('Concussion › Adults')
  expect(wrapper.text()).not.toContain('Red flags')
})
