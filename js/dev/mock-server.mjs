/**
 * A small stand-in for the backend, to work on the face and to test what the real product is hard to bring into:
 * lines that break, proxies that hold answers back, errors of every kind. Serves js/dist as the product does, under
 * the content security policy that Nextcloud's embedded page has.
 *
 * Below /cloud/ it also plays a Nextcloud that embeds the face: the page with its nonce, the proxy that passes no PATCH
 * and holds streams back, and no HaRP.
 *
 * What it leaves unproved: everything behind the API. Its passages, scores and states are written down below; whether
 * the product answers like this is proved by tests/browser, which runs against the product.
 *
 * node dev/mock-server.mjs [port]; MOCK_STREAM=ok|buffer|break|none says how the event stream behaves.
 */

import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

import { doingRoutes, proposed } from './mock-doing.mjs'
import { HEARD, PREFERENCES, serveSessions, speechOf, VOICE } from './mock-voice.mjs'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const DIST = join(HERE, '..', 'dist')
const IMAGES = join(HERE, '..', '..', 'img')
const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.html': 'text/html' }
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self' data:; connect-src 'self'; media-src 'self'; frame-src 'self'; base-uri 'none'"

const PASSAGES = {
  p1: {
    title: 'Warfarin dosing protocol',
    path: '/Protocols/Warfarin dosing protocol.pdf',
    mime: 'application/pdf',
    page: 12,
    section: null,
    headings: ['Anticoagulation', 'Monitoring'],
    before: 'The target range depends on the indication. It is written into the treatment plan by the physician.',
    text: 'After a change of dose the INR is checked within three to seven days. Once two consecutive values are in range, the interval may be extended to four weeks.',
    after: 'Patients with a new interacting medicine are treated as after a change of dose.',
  },
  p2: {
    title: 'Discharge letter Berger',
    path: '/Letters/2026/Discharge letter Berger.docx',
    mime: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    page: null,
    section: 'Follow-up',
    headings: ['Follow-up'],
    before: null,
    text: 'We ask for a check of the INR on Thursday and for a visit to the anticoagulation clinic in two weeks.',
    after: null,
  },
}

const FILES = [
  ['Warfarin dosing protocol.pdf', '/Protocols', 'indexed', null, 'application/pdf', 44, 138],
  ['Discharge letter Berger.docx', '/Letters/2026', 'indexed', null, 'application/msword', null, 9],
  ['Old scan.pdf', '/Archive', 'failed', 'The file is password-protected. Remove the password, then try again.', 'application/pdf', null, 0],
  ['Rota autumn.xlsx', '/Team', 'running', null, 'application/vnd.ms-excel', null, 0],
  ['Minutes 2026-03.odt', '/Team', 'waiting', null, 'application/vnd.oasis.opendocument.text', null, 0],
  ['Theatre.mp4', '/Media', 'skipped', 'Videos are not read.', 'video/mp4', null, 0],
].map(([name, folder, state, reason, mime, pages, chunks], index) => ({
  file_id: 100 + index,
  path: `${folder}/${name}`,
  name,
  mime,
  size: 1000 * 7 ** (index + 1),
  modified: '2026-03-01T09:00:00Z',
  state,
  reason,
  progress: state === 'running' ? 0.4 : null,
  chunks,
  pages,
  indexed_at: state === 'indexed' ? '2026-03-02T09:00:00Z' : null,
  attempts: state === 'failed' ? 3 : 1,
  next_attempt_at: null,
  link: `/f/${100 + index}`,
}))

/** Everything in the picker: the files and the folders above them. */
const FOLDERS = [
  ...new Set(
    FILES.flatMap((file) => {
      const names = file.path.split('/').slice(1, -1)
      return names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)
    }),
  ),
]
const NODES = [
  ...FOLDERS.map((path, index) => ({ file_id: 900 + index, path, name: path.split('/').at(-1), is_folder: true })),
  ...FILES.map(({ file_id, path, name }) => ({ file_id, path, name, is_folder: false })),
]

const ANSWER = [
  'After a change of dose, check the INR within three to seven days. [1] ',
  'Once two values in a row are in range, four weeks are enough. [1]\n\n',
  'For Mr Berger:\n- a check on Thursday [2]\n- a visit in two weeks [2]',
]
const MODEL = {
  ...{ name: 'Extractive', provider: 'builtin', data_goes_to: 'this machine' },
  reason: 'No language model is configured.',
}

const CONSIDERED = {
  ...{ passages: 8, cited: 2, gone: 0 },
  not_cited: [{ title: 'Rota autumn.xlsx', page: null, section: 'October' }],
}

const TOKENS = { read: 1200, written: 45, estimated: false, cost: 0.0025 }

const conversations = new Map()
const turns = new Map()
let ids = 0

function highlight(text, query) {
  const words = (query.toLowerCase().match(/\p{L}{3,}/gu) ?? []).filter((word) => word.length > 2)
  const points = [...text.toLowerCase()].join('')
  return words.flatMap((word) => {
    const found = []
    for (let at = points.indexOf(word); at >= 0; at = points.indexOf(word, at + 1)) {
      found.push([at, at + word.length])
    }
    return found
  })
}

function citation(number, id, quote) {
  const { title, path, page, section } = PASSAGES[id]
  const document_id = id === 'p1' ? '100' : '101'
  const start = PASSAGES[id].text.indexOf(quote)
  const where = { page, section, quote, start, end: start + quote.length, link: `/f/${document_id}` }
  return { number, passage_id: id, document_id, title, path, ...where }
}

const CITATIONS = [
  citation(1, 'p1', 'After a change of dose the INR is checked within three to seven days.'),
  citation(2, 'p2', 'We ask for a check of the INR on Thursday'),
]

function startTurn({ text, conversation_id: conversationId, scope }) {
  const id = `t${++ids}`
  const conversation = conversations.get(conversationId) ?? {
    id: `c${++ids}`,
    title: text.slice(0, 60),
    created_at: new Date().toISOString(),
    updated_at: new Date().toISOString(),
    scope: { file_ids: [], folder_ids: [] },
    messages: [],
  }
  conversations.set(conversation.id, conversation)
  const message = {
    ...{ id: `m${++ids}`, citations: [], turn_id: id, created_at: new Date().toISOString(), status: 'done' },
    ...{ question_id: null, confidence: null, model: null, note: null, steps: [], timings: null },
    ...{ considered: null, feedback: null, tokens: null, actions: [] },
  }
  conversation.scope = scope ?? conversation.scope
  conversation.messages.push({ ...message, role: 'user', text })
  const turn = { id, events: [], done: false, listeners: new Set() }
  turns.set(id, turn)
  const say = (type, more) => {
    if (turn.done) return
    turn.events.push({ type, turn_id: id, seq: turn.events.length + 1, ...more })
    turn.done = ['turn.done', 'turn.cancelled', 'error'].includes(type)
    if (turn.done && type !== 'error') {
      const known = Object.fromEntries(Object.entries(more).filter(([name]) => name in message))
      const status = type === 'turn.cancelled' ? 'cancelled' : 'done'
      const answer = { id: `m${++ids}`, role: 'assistant', question_id: message.id, status }
      conversation.messages.push({ ...message, ...known, ...answer })
    }
    for (const listener of turn.listeners) listener()
  }
  turn.cancel = () => say('turn.cancelled', { text: '' })
  const pieces = ANSWER.join('').match(/\S+\s*/g)
  const done = { text: ANSWER.join(''), citations: CITATIONS, model: MODEL, confidence: 0.82, note: null, answered: true, considered: CONSIDERED, tokens: TOKENS }
  const steps = [
    { name: 'retrieve', seconds: 0.04 },
    { name: 'answer', seconds: 0.2 },
  ]
  const command = /\b(meeting|mail|both)\b/.test(text)
  const cards = command ? proposed(text) : []
  const spoken = [...cards.map((action) => [action.sentence, ...action.warnings].join(' ')), 'Shall I do this?'].join('\n')
  const noModel = { name: 'VoiceAssist', provider: 'built in', data_goes_to: 'this machine', reason: 'A command: no language model was asked.' }
  const commanded = { ...done, text: spoken, citations: [], model: noModel, confidence: null, considered: null, actions: cards }
  const script = command
    ? [
        () => say('turn.started', { conversation_id: conversation.id }),
        () => say('answer.delta', { text: spoken }),
        () => say('action.proposed', { actions: cards }),
        () => say('turn.done', { ...commanded, steps: [{ name: 'command', seconds: 0.1 }], timings: { first_text: 0.1, total: 0.1 } }),
      ]
    : /\bfail\b/.test(text)
    ? [() => say('error', { code: 'UNAVAILABLE', message: 'The model does not answer.' })]
    : [
        () => say('turn.started', { conversation_id: conversation.id }),
        () => say('retrieval.done', { passages: 8, seconds: 0.04 }),
        ...(/\blong\b/.test(text) ? [0, 1, 2, 3] : []).map((done) => () => say('progress', { done, total: 3, label: 'Reading files' })),
        ...CITATIONS.map((cited) => () => say('citation', cited)),
        ...pieces.map((piece) => () => say('answer.delta', { text: piece })),
        () => say('turn.done', { ...done, steps, timings: { first_text: 0.1, total: 0.3 }, ...(/\bnote\b/.test(text) && { note: 'The model was not reached.' }) }),
      ]
  // Between two events (ms): an answer of one second, or one of ten in the middle of which something can be done.
  const delay = /\bslowly\b/.test(text) ? 200 : 20
  script.forEach((step, index) => setTimeout(step, delay * (index + 1)))
  return { turn_id: id, conversation_id: conversation.id }
}

function stream(turn, after, response, mode) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  let sent = after
  let count = 0
  const flush = () => {
    for (const event of turn.events.filter((one) => one.seq > sent)) {
      if (mode === 'buffer' && !turn.done) return
      response.write(`id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
      sent = event.seq
      if (mode === 'break' && ++count === 5) {
        response.destroy()
        return
      }
    }
    if (turn.done) {
      response.end()
      turn.listeners.delete(flush)
    }
  }
  turn.listeners.add(flush)
  response.on('close', () => turn.listeners.delete(flush))
  if (mode !== 'buffer') response.write(': hello\n\n')
  flush()
}

function summary() {
  const count = (state) => FILES.filter((file) => file.state === state).length
  const counts = Object.fromEntries(['indexed', 'waiting', 'running', 'failed', 'skipped'].map((s) => [s, count(s)]))
  const chunks = FILES.reduce((sum, file) => sum + file.chunks, 0)
  return { total: FILES.length, ...counts, chunks, crawling: false, last_crawl_at: new Date().toISOString(), error: null }
}

function retryFile(file) {
  Object.assign(file, { state: 'running', reason: null, progress: 0.1 })
  setTimeout(() => Object.assign(file, { state: 'indexed', progress: null, chunks: 4 }), 1500)
  return file
}

/** The routes: "METHOD path" with `:x` for a part. Each gets (parts, query, body) and gives data, or throws [status, code, message]. */
function routesOf(mode) {
  const missing = (what) => [404, 'NOT_FOUND', `There is no such ${what}.`]
  const need = (value, what) => {
    if (value === undefined) throw missing(what)
    return value
  }
  const answerOf = (turnId) =>
    [...conversations.values()].flatMap(({ messages }) => messages).find((m) => m.turn_id === turnId && m.question_id)
  const rename = ([id], _, { title }) => Object.assign(need(conversations.get(id), 'conversation'), { title })
  return {
    'GET /status': () => ({
      ready: true,
      version: '0.1.0',
      mode: 'demo',
      user_id: 'demo',
      display_name: 'Demo User',
      nextcloud_url: null,
      model: MODEL,
      index: { files: FILES.length, ...summary() },
      examples: [
        'How soon is the INR checked after a change of dose?',
        'When is Mr Berger seen again?',
        'Who is on call in autumn?',
      ],
    }),
    'GET /auth/me': () => ({ user_id: 'demo', roles: ['user'], way: 'visitor', session_id: null }),
    'POST /search': (_, __, { query }) => {
      if (query === 'error') throw [503, 'UNAVAILABLE', 'The search process is restarting.']
      const results = Object.entries(PASSAGES)
        .filter(([, passage]) => highlight(passage.text, query).length > 0)
        .map(([passage_id, { title, path, page, section, text }], index) => ({
          ...{ passage_id, title, path, page, section, snippet: text, relevance_score: 1 - index / 10 },
          ...{ document_id: `${100 + index}`, highlights: highlight(text, query), link: `/f/${100 + index}` },
        }))
      return { results }
    },
    'GET /passages/:id': ([id], query) => {
      const passage = need(PASSAGES[id], 'passage')
      const document_id = id === 'p1' ? '100' : '101'
      const highlights = highlight(passage.text, query.get('q') ?? '')
      return { passage_id: id, document_id, ...passage, highlights, link: `/f/${document_id}`, content_url: '' }
    },
    'GET /files': (_, query) => {
      const wanted = FILES.filter(
        (file) =>
          (!query.get('state') || file.state === query.get('state')) &&
          file.path.toLowerCase().includes((query.get('q') ?? '').toLowerCase()),
      )
      return { rows: wanted }
    },
    'GET /files/summary': summary,
    'POST /files/:id/retry': ([id]) => retryFile(need(FILES.find((file) => file.file_id === Number(id)), 'file')),
    'POST /files/retry': () => ({ retried: FILES.filter((file) => file.state === 'failed').map(retryFile).length }),
    'POST /files/crawl': () => ({}),
    'GET /folders': (_, query) => {
      const path = query.get('path').replace(/\/$/, '')
      return NODES.filter((node) => node.path === `${path}/${node.name}`)
    },
    'GET /nodes': (_, query) => {
      const ids = query.get('ids').split(',').map(Number)
      return NODES.filter((node) => ids.includes(node.file_id))
    },
    'POST /chat/turns': (_, __, body) => startTurn(body),
    'POST /chat/turns/:id/cancel': ([id]) => need(turns.get(id), 'turn').cancel() ?? {},
    'GET /chat/turns/:id/events': async ([id], query, _, request, response) => {
      const turn = need(turns.get(id), 'turn')
      const after = Number(query.get('after') ?? 0)
      if (mode !== 'none' && request.headers.accept === 'text/event-stream') {
        stream(turn, after, response, mode)
        return null
      }
      const deadline = Date.now() + 10_000
      while (!turn.done && turn.events.length <= after && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      return { events: turn.events.filter((event) => event.seq > after), done: turn.done }
    },
    'PUT /chat/turns/:id/feedback': ([id], _, feedback) => Object.assign(need(answerOf(id), 'answer'), { feedback }),
    'DELETE /chat/turns/:id/feedback': ([id]) => Object.assign(need(answerOf(id), 'answer'), { feedback: null }),
    'GET /conversations': (_, query) => {
      const words = (query.get('q') ?? '').toLowerCase().split(' ')
      const mentions = ({ title }) => words.every((word) => title.toLowerCase().includes(word))
      return { rows: [...conversations.values()].reverse().filter(mentions) }
    },
    'POST /conversations/:id/share': (_, __, { folder }) => {
      if (folder === '/Closed') throw [403, 'FORBIDDEN', 'Nextcloud does not let you do this.']
      return { file_id: 7, path: `${folder}/Answer.md`, link: '/f/7' }
    },
    ...doingRoutes(need),
    'GET /voice': () => VOICE,
    'GET /voice/voices': () => ({ voices: ['de', 'en', 'en-gb', 'en-us'] }),
    'GET /voice/preferences': () => PREFERENCES,
    'PUT /voice/preferences': (_, __, change) => Object.assign(PREFERENCES, change),
    'POST /voice/transcriptions': () => ({ text: HEARD[0] }),
    'POST /voice/utterances': (_, query) => {
      const { turn_id, conversation_id } = startTurn({ text: HEARD[0], conversation_id: query.get('conversation_id') })
      return { text: HEARD[0], words: [], engine: 'pocketsphinx', turn_id, conversation_id }
    },
    'GET /voice/turns/:id/speech': ([id], query, _, __, response) => {
      const said = speechOf(need(turns.get(id), 'turn').events.at(-1).text)[Number(query.get('part'))]
      if (said) response.writeHead(200, { 'Content-Type': 'audio/pcm;rate=24000', 'X-Speech-Text': encodeURIComponent(said.text) })
      else response.writeHead(204)
      response.end(said?.samples)
      return null
    },
    'GET /conversations/:id': ([id]) => need(conversations.get(id), 'conversation'),
    'PUT /conversations/:id': rename,
    'DELETE /conversations/:id': ([id]) => conversations.delete(id) && {},
  }
}

function envelope(response, status, data, error = null) {
  const rows = data?.rows
  const pagination = rows ? { offset: 0, limit: rows.length, total: rows.length } : null
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
  const metadata = { version: '0.1.0', request_id: 'mock', pagination }
  const body = { success: !error, data: rows ?? data, error, metadata, timestamp: new Date().toISOString() }
  response.end(JSON.stringify(body))
}

function matched(routes, method, path) {
  for (const [route, handler] of Object.entries(routes)) {
    const [verb, pattern] = route.split(' ')
    const match = verb === method && new RegExp(`^${pattern.replace(/:\w+/g, '([^/]+)')}$`).exec(path)
    if (match) return [handler, match.slice(1)]
  }
  return null
}

function sendFile(response, file, headers = {}) {
  if (!existsSync(file)) {
    response.writeHead(404).end()
    return
  }
  response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream', ...headers })
  createReadStream(file).pipe(response)
}

const PROXY = '/cloud/index.php/apps/app_api/proxy/voiceassist'

function sendNextcloudPage(response) {
  const policy = POLICY.replace("script-src 'self'", "script-src 'nonce-bW9jaw=='")
  const headers = { 'Content-Type': 'text/html', 'Content-Security-Policy': policy, 'Feature-Policy': "microphone 'none'" }
  response.writeHead(200, headers)
  response.end(`<!doctype html><html lang="en" data-locale="en">
    <head data-user="alice" data-user-displayname="Alice" data-requesttoken="mock-token">
      <title>Nextcloud</title><link rel="stylesheet" href="${PROXY}/js/voiceassist-main.css">
      <script nonce="bW9jaw==">window._oc_webroot = '/cloud'</script>
      <script nonce="bW9jaw==" defer src="${PROXY}/js/voiceassist-main.js"></script>
    </head>
    <body><div id="skip-actions"></div><header id="header"></header><div id="content"></div></body></html>`)
}

export function startMockServer(port = 0, mode = 'ok') {
  const ownRoutes = routesOf(mode)
  const proxiedRoutes = routesOf('buffer')
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://localhost')
    const proxied = url.pathname.startsWith(`${PROXY}/`)
    const path = proxied ? url.pathname.slice(PROXY.length) : url.pathname
    if (path === '/') {
      sendFile(response, join(DIST, 'index.html'), { 'Content-Security-Policy': POLICY })
    } else if (path === '/voice') {
      const headers = { 'Content-Security-Policy': POLICY, 'Permissions-Policy': 'microphone=(self)' }
      sendFile(response, join(DIST, 'voice.html'), headers)
    } else if (path === '/cloud/index.php/apps/app_api/embedded/voiceassist/page') {
      sendNextcloudPage(response)
    } else if (path.startsWith('/js/')) {
      sendFile(response, join(DIST, normalize(path.slice(3))))
    } else if (path.startsWith('/img/')) {
      sendFile(response, join(IMAGES, normalize(path.slice(4))))
    } else if (proxied && request.method === 'PATCH') {
      response.writeHead(405).end()
    } else {
      const routes = proxied ? proxiedRoutes : ownRoutes
      const found = path.startsWith('/api/v1/') && matched(routes, request.method, path.slice('/api/v1'.length))
      if (!found) {
        envelope(response, 404, null, { code: 'NOT_FOUND', message: 'No such route.', field: null })
        return
      }
      const chunks = await readAll(request)
      const isJson = request.headers['content-type'] === 'application/json'
      const body = isJson ? JSON.parse(Buffer.concat(chunks).toString()) : {}
      try {
        const data = await found[0](found[1], url.searchParams, body, request, response)
        if (data !== null) envelope(response, 200, data)
      } catch (problem) {
        const [status, code, message, field = null, details = null] = Array.isArray(problem)
          ? problem
          : [500, 'INTERNAL_ERROR', String(problem)]
        envelope(response, status, null, { code, message, field, details })
      }
    }
  })
  const lines = serveSessions(server, { startTurn, turns }, (path) => path === '/api/v1/voice/session')
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => {
      resolve({ server, address: `http://127.0.0.1:${server.address().port}/`, lines })
    })
  })
}

async function readAll(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return chunks
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { address } = await startMockServer(Number(process.argv[2] ?? 9032), process.env.MOCK_STREAM ?? 'ok')
  console.log(address)
}
