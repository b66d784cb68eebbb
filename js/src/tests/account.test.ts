import { describe, expect, test, vi } from 'vitest'

import { ApiError, type Api } from '../api'
import AccountView from '../components/account/AccountView.vue'
import AuditView from '../components/audit/AuditView.vue'
import type { AuditEntry, Me, OwnSession, ProgramKey, SecondFactors } from '../identity'
import { createAccountStore } from '../stores/account'
import { createAuditStore } from '../stores/audit'
import { createIdentityStore } from '../stores/identity'
import { clientName } from '../text/identity'

import { fakeApi, mounted, settle } from './fakes'

const ANNA: Me = { user_id: 'anna', signed_in_as: 'anna', roles: ['user', 'auditor'], way: 'account', session_id: 's1' }

function session(id: string, current = false): OwnSession {
  const moment = '2026-11-29T05:00:00Z'
  return { id, way: 'account', begun_at: moment, used_at: moment, agent: 'curl/8.5', address: '192.0.2.1', current }
}

async function account(answers: Parameters<typeof fakeApi>[0], me: Me = ANNA) {
  const api = fakeApi({
    me: () => Promise.resolve(me),
    programKeys: () => Promise.resolve<ProgramKey[]>([]),
    ownSessions: () => Promise.resolve([session('s1', true), session('s2'), session('s3')]),
    ownAccount: () => Promise.resolve({ email: 'anna@clinic.example', name: 'Anna' }),
    secondFactors: () => Promise.resolve<SecondFactors>({ factors: [], recovery_codes_left: 0 }),
    ...answers,
  })
  const identity = createIdentityStore(api, true)
  await identity.look()
  const leave = vi.fn()
  const wrapper = mounted(AccountView, { store: createAccountStore(api), leave }, api, identity)
  await settle()
  const press = async (name: string): Promise<void> => {
    const button = wrapper.findAll('button').find((one) => [one.text(), one.attributes('aria-label')].includes(name))
    await button?.trigger('click')
    await settle()
  }
  return { wrapper, press, leave, identity }
}

describe('the account', () => {
  test('ends another session, and all others, but not its own', async () => {
    const endSession = vi.fn(() => Promise.resolve())
    const { wrapper, press } = await account({ endSession })
    expect(wrapper.findAll('.sessions button')).toHaveLength(2)
    await press('End')
    expect(endSession.mock.calls).toEqual([['s2']])
    await press('End all other sessions')
    expect(endSession.mock.calls).toEqual([['s2'], ['s3']])
    expect(wrapper.findAll('.sessions li')).toHaveLength(1)
  })

  test('has a password and second factors only where it is one of ours', async () => {
    const { wrapper } = await account({}, { ...ANNA, user_id: 'the clinic', way: 'oidc' })
    expect(wrapper.findAll('h2').map((one) => one.text())).toEqual(['anna', 'Sessions', 'Keys for programs'])
  })

  test('is called by its name and address, and not by the user whose files it has', async () => {
    const { wrapper } = await account({})
    expect(wrapper.get('h2').text()).toBe('Anna')
    expect(wrapper.text()).toContain('anna@clinic.example · Signed in with a local account')
  })

  test('changes its password, what is wrong with the old one standing at it', async () => {
    const wrong = new ApiError('INVALID_CREDENTIALS', 'That is not the password.', { status: 401, field: 'old' })
    const changePassword = vi.fn(() => Promise.resolve()).mockRejectedValueOnce(wrong)
    const { wrapper, press } = await account({ changePassword })
    await press('Change the password')
    const [old, wanted] = wrapper.findAll('input[type="password"]')
    await old?.setValue('before')
    await wanted?.setValue('after')
    await wrapper.get('form').trigger('submit')
    await settle()
    expect(wrapper.get('.input-field').text()).toContain('That is not the password.')
    await wrapper.get('form').trigger('submit')
    await settle()
    expect(changePassword).toHaveBeenLastCalledWith('before', 'after')
    expect(wrapper.text()).toContain('The password was changed.')
  })

  test('gets an authenticator app by its secret and first code, and sees the recovery codes this once', async () => {
    const confirmTotp = vi.fn(() => Promise.resolve(['aaaa-1111', 'bbbb-2222']))
    const { wrapper, press } = await account({
      newTotp: () => Promise.resolve({ secret: 'ABCDEFGH', uri: 'otpauth://totp/x?secret=ABCDEFGH', qr: 'data:image/svg+xml,x' }),
      confirmTotp,
    })
    await press('Add an authenticator app')
    expect(wrapper.get('.totp-form__secret code').text()).toBe('ABCD EFGH')
    expect(wrapper.get('img').attributes('src')).toBe('data:image/svg+xml,x')
    await wrapper.get('input').setValue('123 456')
    await wrapper.get('form').trigger('submit')
    await settle()
    expect(confirmTotp).toHaveBeenCalledExactlyOnceWith('123456')
    expect(wrapper.findAll('.recovery-codes li').map((one) => one.text())).toEqual(['aaaa-1111', 'bbbb-2222'])
    expect(decodeURIComponent(wrapper.get('[download]').attributes('href') ?? '')).toContain('aaaa-1111\nbbbb-2222\n')
    await press('I have kept them')
    expect(wrapper.text()).not.toContain('aaaa-1111')
    expect(wrapper.find('.totp-form__secret').exists()).toBe(false)
  })

  test('makes a key for a program, shows it this once, and revokes it', async () => {
    const keys: ProgramKey[] = []
    const times = { made_at: '2026-11-29T05:00:00Z', used_at: null }
    const makeProgramKey = vi.fn<Api['makeProgramKey']>((wanted) => {
      keys.push({ id: 'k1', ...times, ...wanted })
      return Promise.resolve('vak_k1_secret')
    })
    const revokeProgramKey = vi.fn(() => Promise.resolve(void keys.pop()))
    const programKeys = (): Promise<ProgramKey[]> => Promise.resolve([...keys])
    const { wrapper, press } = await account({ programKeys, makeProgramKey, revokeProgramKey }, { ...ANNA, way: 'oidc' })
    await press('Add a key')
    await wrapper.get('input[type="text"]').setValue(' backup ')
    await wrapper.get('input[type="date"]').setValue('2027-01-31')
    await wrapper.get('input[type="checkbox"]').setValue(true)
    await wrapper.get('form').trigger('submit')
    await settle()
    const expires_at = new Date(2027, 0, 31, 23, 59, 59).toISOString()
    expect(makeProgramKey).toHaveBeenCalledExactlyOnceWith({ name: 'backup', expires_at, read_only: true })
    expect(wrapper.get('.new-key code').text()).toBe('vak_k1_secret')
    expect(wrapper.get('.keys li').text()).toContain('For reading only')
    await press('I have kept it')
    expect(wrapper.text()).not.toContain('vak_k1_secret')
    expect(wrapper.find('form').exists()).toBe(false)
    await press('Revoke backup')
    const dialog = [...document.querySelectorAll('button')].find((one) => one.textContent.trim() === 'Revoke')
    dialog?.click()
    await settle()
    expect(revokeProgramKey).toHaveBeenCalledExactlyOnceWith('k1')
    expect(wrapper.find('.keys').exists()).toBe(false)
  })

  test('says at the field what is wrong with a key that is wanted', async () => {
    const past = new ApiError('VALIDATION_ERROR', 'It is past.', { status: 422, field: 'expires_at' })
    const { wrapper, press } = await account({ makeProgramKey: () => Promise.reject(past) }, { ...ANNA, way: 'oidc' })
    await press('Add a key')
    await wrapper.get('form').trigger('submit')
    await settle()
    expect(wrapper.findAll('.input-field').map((one) => one.text().includes('It is past.'))).toEqual([false, true])
  })

  test('signs out by way of the issuer where the server says so', async () => {
    const { press, leave } = await account({ logout: () => Promise.resolve('https://issuer.example/end') })
    await press('Sign out')
    expect(leave).toHaveBeenCalledExactlyOnceWith('https://issuer.example/end')
  })
})

describe('the audit', () => {
  const entry: AuditEntry = {
    sequence: 7,
    at: '2026-11-29T05:00:00Z',
    user_id: 'anna',
    kind: 'auth.login',
    resource: null,
    outcome: 'refused',
    reason: 'The password is wrong.',
    address: '192.0.2.1',
    agent: '',
    request_id: 'r7',
    details: { way: 'account' },
  }

  test('is filtered and paged, and exported as it is filtered', async () => {
    const audit = vi.fn<Api['audit']>(() => Promise.resolve({ items: [entry], total: 120 }))
    const api = fakeApi({ audit })
    const wrapper = mounted(AuditView, { store: createAuditStore(api) }, api)
    await settle()
    expect(wrapper.get('tbody').text()).toContain('Refused')
    expect(wrapper.get('.audit-table__rest').text()).toBe('The password is wrong. · way: account · r7')
    await wrapper.findAll('form input')[0]?.setValue(' anna ')
    await wrapper.get('form').trigger('submit')
    await settle()
    await wrapper.findAll('button').find((one) => one.text() === 'Older')?.trigger('click')
    await settle()
    const filter = { user: 'anna', kind: '', resource: '', since: '', until: '' }
    expect(audit.mock.calls.slice(1).map(([given, offset]) => [given, offset])).toEqual([
      [filter, 0],
      [filter, 50],
    ])
    expect(wrapper.findAll('a').map((one) => one.attributes('href'))).toEqual([
      '/api/v1/audit/export?format=csv&user=anna',
      '/api/v1/audit/export?format=jsonl&user=anna',
    ])
  })

  test('is offered to auditors and administrators only', async () => {
    const may = async (roles: Me['roles']): Promise<boolean> => {
      const identity = createIdentityStore(fakeApi({ me: () => Promise.resolve({ ...ANNA, roles }) }), true)
      await identity.look()
      return identity.audits()
    }
    expect(await may(['user', 'medical_staff'])).toBe(false)
    expect(await may(['auditor'])).toBe(true)
    expect(await may(['admin'])).toBe(true)
  })
})

test.each([
  ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0', 'Edge, Windows'],
  ['Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36', 'Chrome, Android'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1', 'Safari, iPhone'],
  ['curl/8.5.0', 'curl'],
  ['', 'Unknown'],
])('the client %s is called %s', (agent, name) => {
  expect(clientName(agent)).toBe(name)
})
