/**
 * A local account in the page. tests/browser/test_accounts.py starts the product and its mail server, and says where they
 * are:
 *   VOICEASSIST_URL   the page, where nobody is signed in
 *   MAILS             a folder into which every mail's text is written
 *   SCREENSHOTS       a folder for pictures, when some are wanted
 */

import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'

import { ask, inBrowser, seriousFindings, sidewaysScroll } from './browser.mjs'

const { VOICEASSIST_URL: URL, MAILS, SCREENSHOTS } = process.env
const EMAIL = 'ann@clinic.example'
const FIRST = 'kwal stift mond 7'
const SECOND = 'grau tipi lauch 9'
const MAIL_SECONDS = 30
const NARROW = { width: 360, height: 740 }
const SHOWN = '.sign-in'

async function picture(page, name) {
  if (SCREENSHOTS) {
    await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true })
  }
}

/** Wait for a mail with a link to `purpose`; the link. It is not found again. */
async function linkOf(purpose) {
  for (let waited = 0; waited < MAIL_SECONDS; waited += 0.1) {
    for (const name of readdirSync(MAILS)) {
      const found = new RegExp(`http://\\S+/#/${purpose}\\?token=[\\w-]+`).exec(readFileSync(join(MAILS, name), 'utf8'))
      if (found) {
        rmSync(join(MAILS, name))
        return found[0]
      }
    }
    await setTimeout(100)
  }
  throw new Error(`no mail with a link to ${purpose} came`)
}

/** The code of an authenticator app (RFC 6238) `steps` of 30 s from now. */
function codeOf(secret, steps = 0) {
  const bits = [...secret.replaceAll(' ', '')].map((one) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(one).toString(2).padStart(5, '0'),
  )
  const key = Buffer.from(bits.join('').match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps))
  const mac = createHmac('sha1', key).update(counter).digest()
  const number = (mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000
  return String(number).padStart(6, '0')
}

/** Options of a browser with an address of its own, as a proxy tells it: tries are counted by it. */
const from = (number, options = {}) => ({
  shown: SHOWN,
  extraHTTPHeaders: { 'X-Forwarded-For': `198.51.100.${number}` },
  ...options,
})

const button = (page, name) => page.getByRole('button', { name, exact: true })

async function signIn(page, password) {
  await page.getByLabel('Mail address').fill(EMAIL)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await button(page, 'Sign in').click()
}

const inside = (page) => page.locator('#app-navigation-vue').waitFor()

async function signOut(page) {
  await page.goto(`${URL}#/account`)
  await button(page, 'Sign out').click()
  await page.locator(SHOWN).waitFor()
}

async function codesKept(page) {
  await page.locator('.recovery-codes li').first().waitFor()
  const codes = await page.locator('.recovery-codes li').allInnerTexts()
  assert.equal(codes.length, 10)
  await picture(page, 'recovery-codes')
  await button(page, 'I have kept them').click()
  return codes
}

let recovery = []

describe('a local account', () => {
  test('is made on the page, proven by a mail, and asks the chat', () =>
    inBrowser(URL, from(1), async (page) => {
      await picture(page, 'sign-in')
      assert.deepEqual(await seriousFindings(page), [])
      await button(page, 'Create an account').click()
      await page.getByLabel('Your name, as others see it').fill('Ann')
      await page.getByLabel('Mail address').fill(EMAIL)
      await page.getByLabel('Password', { exact: true }).fill('ann-clinic1')
      await page.getByText('It contains your name or address.').waitFor()
      await picture(page, 'weak')
      await button(page, 'Create an account').click()
      await page.getByText(/This password would be guessed/).first().waitFor()
      await page.getByLabel('Password', { exact: true }).fill(FIRST)
      await page.getByText('Strength: 100 of 100').waitFor()
      assert.deepEqual(await seriousFindings(page), [])
      await button(page, 'Create an account').click()
      await page.getByText(/a mail is on its way/).waitFor()

      await page.goto(await linkOf('verify'))
      await button(page, 'Confirm').click()
      await page.getByText('The address is confirmed. Now sign in.').waitFor()
      await signIn(page, 'not this one')
      await page.getByText('Address or password are wrong.').waitFor()
      await picture(page, 'wrong')
      await signIn(page, FIRST)
      await inside(page)
      await page.locator('.voiceassist-header__user').getByText('Ann', { exact: true }).waitFor()
      await ask(page, 'When does the clinic open?')
      await signOut(page)
    }))

  test('gets an authenticator app by its QR code, which is asked for at the next sign-in', () =>
    inBrowser(URL, from(2), async (page) => {
      await signIn(page, FIRST)
      await inside(page)
      await page.locator('.voiceassist-header__user').getByText('Ann', { exact: true }).waitFor()
      await page.goto(`${URL}#/account`)
      await page.getByText(`${EMAIL} · Signed in with a local account · User`).waitFor()
      await button(page, 'Add an authenticator app').click()
      const drawn = page.getByAltText('The secret as a QR code')
      await drawn.waitFor()
      const width = await drawn.evaluate(async (image) => {
        await image.decode()
        return image.naturalWidth
      })
      assert.ok(width > 100)
      await picture(page, 'authenticator-app')
      assert.deepEqual(await seriousFindings(page), [])
      const secret = await page.locator('.totp-form__secret code').innerText()
      await page.getByLabel('Code of the authenticator app').fill(codeOf(secret))
      await button(page, 'Confirm').click()
      recovery = await codesKept(page)
      await page.getByText('10 recovery codes are left.').waitFor()
      await signOut(page)

      await signIn(page, FIRST)
      // The one of now has been used.
      await page.getByLabel('Code of the authenticator app').fill(codeOf(secret, 1))
      await picture(page, 'second-factor')
      assert.deepEqual(await seriousFindings(page), [])
      await button(page, 'Sign in').click()
      await inside(page)
      await signOut(page)
    }))

  test('gets a passkey of the browser, and is signed in to with it', () =>
    inBrowser(URL, from(3), async (page) => {
      const devtools = await page.context().newCDPSession(page)
      await devtools.send('WebAuthn.enable')
      const options = { protocol: 'ctap2', transport: 'usb', hasUserVerification: true, isUserVerified: true }
      await devtools.send('WebAuthn.addVirtualAuthenticator', { options })
      await signIn(page, FIRST)
      await button(page, 'Recovery code').click()
      await page.getByLabel('Recovery code').fill(recovery[0])
      await button(page, 'Sign in').click()
      await inside(page)
      await page.goto(`${URL}#/account`)
      await button(page, 'Add a passkey or security key').click()
      await page.getByLabel('Name', { exact: true }).fill('blue key')
      await button(page, 'Add').click()
      await page.getByText('blue key').first().waitFor()
      await picture(page, 'passkey')
      await signOut(page)

      await signIn(page, FIRST)
      await button(page, 'Use passkey or security key').click()
      await inside(page)
      await signOut(page)
    }))

  test('whose password is forgotten gets another one by a mail, on a narrow screen', () =>
    inBrowser(URL, from(4, { viewport: NARROW }), async (page) => {
      await picture(page, 'sign-in-narrow')
      assert.equal(await sidewaysScroll(page), 0)
      await button(page, 'Forgot the password?').click()
      await page.getByLabel('Mail address').fill(EMAIL)
      await button(page, 'Send the mail').click()
      await page.goto(await linkOf('reset'))
      await page.getByLabel('New password', { exact: true }).fill(SECOND)
      await page.getByText('Strength: 100 of 100').waitFor()
      await picture(page, 'reset-narrow')
      assert.equal(await sidewaysScroll(page), 0)
      assert.deepEqual(await seriousFindings(page), [])
      await button(page, 'Save').click()
      await page.getByText('The new password holds.').waitFor()
      await signIn(page, SECOND)
      await button(page, 'Recovery code').click()
      await page.getByLabel('Recovery code').fill(recovery[1])
      await button(page, 'Sign in').click()
      await page.locator(SHOWN).waitFor({ state: 'detached' })
      await page.goto(`${URL}#/account`)
      await page.getByText('8 recovery codes are left.').waitFor()
      await picture(page, 'account-narrow')
      assert.equal(await sidewaysScroll(page), 0)
    }))
})
