// A client that stands outside of Nextcloud, as somebody would write one with `openid-client`.
//
//   node outside.mjs '{ "issuer", "api", "user", "question" }'
//
// It signs in at the issuer (authorization code, PKCE S256), asks a question with the issuer's access token, refreshes,
// asks again, signs out here and at the issuer, and asks once more. Each step is a line of JSON: { step, status, ... }.
// `api` is VoiceAssist's address and what its access tokens are meant for.

const oidc = await import(new URL('../../js/node_modules/openid-client/build/index.js', import.meta.url).href)

const { issuer, api, user, question } = JSON.parse(process.argv[2])
const REDIRECT = 'http://127.0.0.1/callback'
const GOODBYE = 'http://127.0.0.1/goodbye'
const MOST_STEPS = 20

function tell(step, status, more = {}) {
  console.log(JSON.stringify({ step, status, ...more }))
}

// The user's browser: cookies by name, and the issuer's forms filled in.
const jar = new Map()

async function open(url, options = {}) {
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const answer = await fetch(url, { redirect: 'manual', ...options, headers: { ...options.headers, cookie } })
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
    if (value === '') jar.delete(name)
    else jar.set(name, value)
  }
  return answer
}

async function browse(start, until) {
  let url = start
  for (let step = 0; step < MOST_STEPS; step += 1) {
    if (url.href.startsWith(until)) return url
    let answer = await open(url)
    if (answer.status === 200) {
      const page = await answer.text()
      const action = /<form[^>]*action="([^"]+)"/.exec(page)[1].replaceAll('&amp;', '&')
      const hidden = [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)]
      const fields = Object.fromEntries(hidden.map(([, name, value]) => [name, value]))
      const body = new URLSearchParams({ ...fields, login: user, password: 'any', logout: 'yes' })
      answer = await open(new URL(action, url), { method: 'POST', body })
    }
    const location = answer.headers.get('location')
    if (location === null) throw new Error(`${url.href} answered ${answer.status}`)
    url = new URL(location, url)
  }
  throw new Error(`never came to ${until}`)
}

async function call(token, path, options = {}) {
  const headers = { authorization: `Bearer ${token}`, 'x-requested-with': 'outside', ...options.headers }
  return fetch(new URL(path, api), { ...options, headers })
}

async function ask(step, token) {
  const asked = await call(token, '/api/v1/chat/turns', {
    method: 'POST',
    body: JSON.stringify({ text: question }),
    headers: { 'content-type': 'application/json' },
  })
  const answer = await asked.json()
  if (!asked.ok) {
    tell(step, asked.status, { code: answer.error.code })
    return
  }
  const path = `/api/v1/chat/turns/${answer.data.turn_id}/events`
  const stream = await call(token, path, { headers: { accept: 'text/event-stream' } })
  const kinds = [...(await stream.text()).matchAll(/^event: (.+)$/gm)].map(([, kind]) => kind)
  tell(step, stream.status, { events: kinds })
}

const config = await oidc.discovery(new URL(issuer), 'outside', undefined, oidc.None(), {
  execute: issuer.startsWith('http://127.0.0.1') ? [oidc.allowInsecureRequests] : [],
})
const verifier = oidc.randomPKCECodeVerifier()
const state = oidc.randomState()
const nonce = oidc.randomNonce()
const start = oidc.buildAuthorizationUrl(config, {
  redirect_uri: REDIRECT,
  scope: 'openid offline_access voiceassist',
  resource: api,
  prompt: 'consent',
  code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
  nonce,
})
const back = await browse(start, REDIRECT)
const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce }
const tokens = await oidc.authorizationCodeGrant(config, back, checks, { resource: api })
tell('login', 200)
await ask('ask', tokens.access_token)

const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token, { resource: api })
tell('refresh', 200, { changed: fresh.access_token !== tokens.access_token })
await ask('ask again', fresh.access_token)

const out = await call(fresh.access_token, '/api/v1/auth/logout', {
  method: 'POST',
  body: '{}',
  headers: { 'content-type': 'application/json' },
})
tell('logout', out.status)
// A refresh token for `offline_access` outlives the sign-in at the issuer; who signs out gives it back (RFC 7009).
await oidc.tokenRevocation(config, fresh.refresh_token)
const idToken = fresh.id_token ?? tokens.id_token
const goodbye = oidc.buildEndSessionUrl(config, { id_token_hint: idToken, post_logout_redirect_uri: GOODBYE })
await browse(goodbye, GOODBYE)
tell('logout at the issuer', 200)

await ask('ask after logout', fresh.access_token)
try {
  await oidc.refreshTokenGrant(config, fresh.refresh_token, { resource: api })
  tell('refresh after logout', 200)
} catch (error) {
  tell('refresh after logout', error.status ?? 0, { code: error.error })
}
