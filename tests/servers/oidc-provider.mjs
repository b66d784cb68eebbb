// An OpenID Connect issuer on a free port of 127.0.0.1: `oidc-provider`, with its own pages for signing in.
//
// The first line of standard input is JSON: { origin, accounts: { name: [group] }, accessSeconds }. `origin` is where
// VoiceAssist stands. The first line of standard output is JSON as well: { issuer }. It ends when its input does.

import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'

const { default: Provider } = await import(
  new URL('../../js/node_modules/oidc-provider/lib/index.js', import.meta.url).href
)

const input = createInterface({ input: process.stdin })
const { origin, accounts, accessSeconds } = JSON.parse((await input[Symbol.asyncIterator]().next()).value)

const server = createServer()
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const issuer = `http://127.0.0.1:${server.address().port}`

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'first' }
}

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'voiceassist',
      client_secret: 'a-secret-of-the-tests-only',
      redirect_uris: [`${origin}/auth/callback`],
      post_logout_redirect_uris: [`${origin}/`],
      backchannel_logout_uri: `${origin}/auth/backchannel-logout`,
      backchannel_logout_session_required: true,
    },
    {
      client_id: 'outside',
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['http://127.0.0.1/callback'],
      post_logout_redirect_uris: ['http://127.0.0.1/goodbye'],
      grant_types: ['authorization_code', 'refresh_token'],
    },
  ],
  jwks: { keys: [signingKey()] },
  cookies: { keys: ['of the tests only'] },
  scopes: ['openid', 'offline_access'],
  claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
  // It refuses to tell a logout to a private address, which ours is here.
  fetch: (url, { dispatcher: _guarded, ...options }) => fetch(url, options),
  pkce: { required: () => true },
  findAccount: (_context, id) =>
    id in accounts
      ? { accountId: id, claims: () => ({ sub: id, preferred_username: id, groups: accounts[id] }) }
      : undefined,
  extraTokenClaims: (_context, token) =>
    token.kind === 'AccessToken'
      ? { preferred_username: token.accountId, groups: accounts[token.accountId], sid: token.sid }
      : undefined,
  features: {
    devInteractions: { enabled: true },
    backchannelLogout: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      useGrantedResource: () => true,
      getResourceServerInfo: (_context, indicator) => ({
        scope: 'voiceassist',
        audience: indicator,
        accessTokenFormat: 'jwt',
        accessTokenTTL: accessSeconds,
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
})

server.on('request', provider.callback())
console.log(JSON.stringify({ issuer }))
input.on('close', () => process.exit(0))
