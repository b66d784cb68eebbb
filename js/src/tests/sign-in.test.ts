import type { VueWrapper } from '@vue/test-utils'
import { defineComponent, h, markRaw } from 'vue'
import { afterEach, assert, describe, expect, test, vi } from 'vitest'

import { ApiError, type Api } from '../api'
import NewPasswordField from '../components/identity/NewPasswordField.vue'
import SignIn from '../components/sign-in/SignIn.vue'
import ErrorNote from '../components/ErrorNote.vue'
import type { Me, SignInWays } from '../identity'
import type { Arrival } from '../route'
import SignInGate from '../SignInGate.vue'
import { createIdentityStore } from '../stores/identity'

import { fakeApi, mounted, settle } from './fakes'

const BOTH: SignInWays = { oidc: { name: 'Clinic' }, accounts: { registration: true } }
const ANNA: Me = { user_id: 'anna', signed_in_as: 'anna', roles: ['user'], way: 'account', session_id: 's1' }
const NOBODY = new ApiError('UNAUTHORIZED', 'Nobody is signed in.', { status: 401 })

let shown: VueWrapper | null = null

afterEach(() => {
  shown?.unmount()
  shown = null
  vi.useRealTimers()
})

/** The page behind the gate, with something typed into it. */
const page = markRaw(defineComponent({ render: () => h('input', { 'data-page': '' }) }))

async function gate(answers: Partial<Api>, signsIn = true, arrival: Arrival | null = null) {
  const api = fakeApi(answers)
  const identity = createIdentityStore(api, signsIn)
  shown = mounted(SignInGate, { page, arrival }, api, identity)
  await settle()
  return { api, identity, wrapper: shown }
}

function signIn(answers: Partial<Api>, arrival: Arrival | null = null): VueWrapper {
  shown = mounted(SignIn, { ways: BOTH, state: 'out', arrival }, fakeApi(answers))
  return shown
}

async function press(wrapper: VueWrapper, name: string): Promise<void> {
  const button = wrapper.findAll('button').find((one) => one.text() === name)
  assert(button, `no button ${name} in ${wrapper.text()}`)
  await button.trigger('click')
  await settle()
}

async function submit(wrapper: VueWrapper): Promise<void> {
  await wrapper.get('form').trigger('submit')
  await settle()
}

describe('the page', () => {
  test('is shown to whoever is signed in', async () => {
    const { wrapper, identity } = await gate({ me: () => Promise.resolve(ANNA) })
    expect(wrapper.find('[data-page]').exists()).toBe(true)
    expect(identity.state.me).toEqual(ANNA)
  })

  test('is not shown, and asks for nothing, before somebody signs in', async () => {
    const me = vi.fn<() => Promise<Me>>().mockRejectedValueOnce(NOBODY).mockResolvedValue(ANNA)
    const login = vi.fn(() => Promise.resolve(null))
    const { wrapper } = await gate({ me, login, signInWays: () => Promise.resolve(BOTH) })
    expect(wrapper.find('[data-page]').exists()).toBe(false)
    const link = wrapper.get('a')
    expect(link.text()).toBe('Sign in with Clinic')
    expect(link.attributes('href')).toBe('/auth/login?return_to=%2F')
    await wrapper.get('input[type="email"]').setValue(' anna@clinic.example ')
    await wrapper.get('input[type="password"]').setValue('a password')
    await submit(wrapper)
    expect(login).toHaveBeenCalledExactlyOnceWith('anna@clinic.example', 'a password')
    expect(wrapper.find('[data-page]').exists()).toBe(true)
  })

  test('says itself what is wrong where no way to sign in is configured', async () => {
    const { wrapper } = await gate({
      me: () => Promise.reject(NOBODY),
      signInWays: () => Promise.resolve({ oidc: null, accounts: null }),
    })
    expect(wrapper.find('[data-page]').exists()).toBe(true)
  })

  test('inside Nextcloud is shown at once, whoever it is', async () => {
    const signInWays = vi.fn(() => Promise.resolve(BOTH))
    const { wrapper } = await gate({ me: () => Promise.reject(NOBODY), signInWays }, false)
    expect(wrapper.find('[data-page]').exists()).toBe(true)
    expect(signInWays).not.toHaveBeenCalled()
  })

  test('keeps what was typed when the session ends, hides it, and another person gets a page of their own', async () => {
    const me = vi.fn<() => Promise<Me>>().mockResolvedValue(ANNA)
    const { api, wrapper } = await gate({ me, login: () => Promise.resolve(null), signInWays: () => Promise.resolve(BOTH) })
    await wrapper.get('[data-page]').setValue('half a question')
    const end = async (): Promise<void> => {
      api.onSignedOut()
      await settle()
      expect(wrapper.get('.gate__page').classes()).toContain('gate__page--covered')
    }
    const signInAgain = async (): Promise<string> => {
      const form = document.querySelector('[role="dialog"] form')
      assert(form)
      form.dispatchEvent(new Event('submit', { cancelable: true }))
      await settle()
      expect(wrapper.get('.gate__page').classes()).not.toContain('gate__page--covered')
      return wrapper.get<HTMLInputElement>('[data-page]').element.value
    }
    await end()
    expect(document.querySelector('[role="dialog"] a')?.getAttribute('target')).toBe('_blank')
    expect(await signInAgain()).toBe('half a question')
    await end()
    me.mockResolvedValue({ ...ANNA, signed_in_as: 'tom' })
    expect(await signInAgain()).toBe('')
  })

  test('goes on when somebody signed in again in another tab', async () => {
    const me = vi.fn<() => Promise<Me>>().mockResolvedValue(ANNA)
    const { api, identity } = await gate({ me, signInWays: () => Promise.resolve(BOTH) })
    api.onSignedOut()
    await settle()
    expect(identity.state.stage).toBe('ended')
    window.dispatchEvent(new Event('focus'))
    await settle()
    expect(identity.state.stage).toBe('in')
  })

  test('is left by signing out, by way of the issuer where there is one', async () => {
    const logout = vi.fn<(everywhere: boolean) => Promise<string | null>>().mockResolvedValueOnce('https://issuer.example/end')
    const { identity } = await gate({ me: () => Promise.resolve(ANNA), logout, signInWays: () => Promise.resolve(BOTH) })
    expect(await identity.signOut(false)).toBe('https://issuer.example/end')
    expect(identity.state.stage).toBe('in')
    logout.mockResolvedValueOnce(null)
    expect(await identity.signOut(false)).toBeNull()
    expect(identity.state).toMatchObject({ stage: 'out', me: null })
  })
})

describe('signing in', () => {
  test('says where the server says it what is wrong, and keeps the address for a forgotten password', async () => {
    const wrong = new ApiError('INVALID_CREDENTIALS', 'The address or the password is wrong.', { status: 401 })
    const forgotten = vi.fn(() => Promise.resolve())
    const wrapper = signIn({ login: () => Promise.reject(wrong), forgotten })
    await wrapper.get('input[type="email"]').setValue('anna@clinic.example')
    await submit(wrapper)
    expect(wrapper.get('[role="alert"]').text()).toBe('The address or the password is wrong.')
    await press(wrapper, 'Forgot the password?')
    await submit(wrapper)
    expect(forgotten).toHaveBeenCalledExactlyOnceWith('anna@clinic.example')
    expect(wrapper.text()).toContain('a mail is on its way to anna@clinic.example')
  })

  test('takes the code of an app, or a recovery code instead', async () => {
    const second = { challenge: 'c', methods: ['totp', 'recovery'] as ('totp' | 'recovery')[], webauthn: null }
    const stale = new ApiError('INVALID_CREDENTIALS', 'This code is too old.', { status: 401, field: 'code' })
    const loginSecond = vi.fn(() => Promise.resolve()).mockRejectedValueOnce(stale)
    const wrapper = signIn({ login: () => Promise.resolve(second), loginSecond })
    await submit(wrapper)
    expect(wrapper.get('h1').text()).toBe('Second factor')
    expect(document.activeElement).toBe(wrapper.get('h1').element)
    await wrapper.get('input').setValue(' 123456 ')
    await submit(wrapper)
    expect(wrapper.get('.input-field').text()).toContain('This code is too old.')
    await press(wrapper, 'Recovery code')
    await wrapper.get('input').setValue('abcd-efgh')
    await submit(wrapper)
    expect(loginSecond.mock.calls).toEqual([
      ['c', { method: 'totp', code: '123456' }],
      ['c', { method: 'recovery', code: 'abcd-efgh' }],
    ])
    expect(wrapper.emitted('done')).toHaveLength(1)
  })

  test('makes an account, with a weak password refused at its field', async () => {
    const weak = new ApiError('WEAK_PASSWORD', 'It is too short.', { status: 422, field: 'password' })
    const register = vi.fn(() => Promise.resolve()).mockRejectedValueOnce(weak)
    const wrapper = signIn({ register })
    await press(wrapper, 'Create an account')
    await submit(wrapper)
    expect(wrapper.get('.new-password').text()).toContain('It is too short.')
    expect(wrapper.find('[role="alert"]').exists()).toBe(false)
    await submit(wrapper)
    expect(wrapper.get('h1').text()).toBe('Sign in')
  })

  test('confirms an address when it is pressed, not when the link is opened', async () => {
    const verify = vi.fn(() => Promise.resolve())
    const wrapper = signIn({ verify }, { purpose: 'verify', token: 't' })
    await settle()
    expect(verify).not.toHaveBeenCalled()
    await submit(wrapper)
    expect(verify).toHaveBeenCalledExactlyOnceWith('t')
    expect(wrapper.text()).toContain('The address is confirmed.')
  })

  test('replaces a forgotten password by the link of the mail', async () => {
    const resetPassword = vi.fn(() => Promise.resolve())
    const wrapper = signIn({ resetPassword }, { purpose: 'reset', token: 't' })
    await wrapper.get('input').setValue('a new one')
    await submit(wrapper)
    expect(resetPassword).toHaveBeenCalledExactlyOnceWith('t', 'a new one')
    expect(wrapper.get('h1').text()).toBe('Sign in')
  })

  test('tells why the issuer did not let somebody in', () => {
    expect(signIn({}, { purpose: 'failed', code: 'FORBIDDEN' }).text()).toContain('not open to you')
  })
})

test('the strength of a password is asked for after a pause, and shown with its reasons', async () => {
  vi.useFakeTimers()
  const strength = vi.fn<Api['strength']>(() => Promise.resolve({ score: 35, reasons: ['It is short.'] }))
  const props = { label: 'Password', error: false, helperText: undefined, email: 'a@b.example', modelValue: '' }
  shown = mounted(NewPasswordField, props, fakeApi({ strength }))
  await shown.setProps({ modelValue: 'ab' })
  await vi.advanceTimersByTimeAsync(200)
  await shown.setProps({ modelValue: 'abc' })
  await vi.advanceTimersByTimeAsync(299)
  expect(strength).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(strength.mock.calls.map(([password, about]) => [password, about])).toEqual([['abc', { email: 'a@b.example', name: undefined }]])
  expect(shown.get('[role="status"]').text()).toContain('Strength: 35 of 100')
  expect(shown.get('li').text()).toBe('It is short.')
})

test('an error that says when to try again counts down', async () => {
  vi.useFakeTimers()
  shown = mounted(ErrorNote, { error: new ApiError('RATE_LIMITED', 'Too many tries.', { retryAfter: 2 }) })
  expect(shown.text()).toContain('Try again in 2 seconds.')
  await vi.advanceTimersByTimeAsync(1000)
  expect(shown.text()).toContain('Try again in 1 second.')
  await vi.advanceTimersByTimeAsync(1000)
  expect(shown.text()).toContain('Now you can try again.')
})
