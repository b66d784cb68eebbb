/**
 * The page to talk on, and dictation, against the mock server: what Chromium itself must do (microphone, audio thread,
 * WebSocket, policies), and lines that break. What the mock leaves unproved stands at its top; voice.test.mjs runs
 * against the product. SCREENSHOTS names a folder for pictures, when some are wanted.
 */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'

import { startMockServer } from '../../dev/mock-server.mjs'

import { inBrowser, microphoneFrom, seriousFindings, sidewaysScroll } from './browser.mjs'
import { heardFor, recording, watchSound } from './spoken.mjs'

const { SCREENSHOTS } = process.env
const QUESTION = 'How soon is the I N R checked after a change of dose'
const PROXY = '/cloud/index.php/apps/app_api/proxy/voiceassist'

const state = (page, wanted) => page.locator(`.stage[data-state="${wanted}"]`).waitFor()
const press = (page, name) => page.getByRole('button', { name, exact: true }).click()

async function picture(page, name) {
  if (SCREENSHOTS) {
    await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
  }
}

describe('the page to talk on', () => {
  let mock
  let once
  let quiet
  before(async () => {
    mock = await startMockServer()
    once = microphoneFrom(recording(1.5, QUESTION, 60))
    quiet = microphoneFrom(recording(60))
  })
  after(() => {
    mock.server.closeAllConnections()
    mock.server.close()
  })

  const onPage = (options, scenario) =>
    inBrowser(`${mock.address}voice`, { flags: once, before: watchSound, shown: '.voice', ...options }, scenario)

  for (const [name, options] of [
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { viewport: { width: 360, height: 740 } }],
    ['german', { locale: 'de-DE' }],
  ]) {
    test(`hears, answers aloud with captions and sources, and is accessible: ${name}`, () =>
      onPage(options, async (page) => {
        const check = async (moment) => {
          await picture(page, `voice-${name}-${moment}`)
          assert.deepEqual(await seriousFindings(page), [], moment)
          assert.equal(await sidewaysScroll(page), 0, moment)
        }
        await page.locator('.engines').waitFor()
        await check('off')
        await press(page, name === 'german' ? 'Gespräch beginnen' : 'Start talking')
        await state(page, 'hearing')
        await page.locator('.stage__heard', { hasText: 'How soon' }).waitFor()
        await picture(page, `voice-${name}-hearing`)
        await state(page, 'speaking')
        await page.locator('.stage__caption strong', { hasText: 'three to seven days' }).waitFor()
        await page.locator('.voice-exchange[data-state="done"] .citation').first().waitFor()
        await check('speaking')
        await heardFor(page, 1)
        await page.locator('.citation').first().click()
        await page.locator('.passage__itself').waitFor()
        await page.keyboard.press('Escape')
        await page.locator('.passage__itself').waitFor({ state: 'detached' })
        await state(page, 'speaking') // Escape closed the passage, not the answer
        await page.keyboard.press('Escape')
        await state(page, 'listening')
        const back = new URL(await page.locator('.voice-back').getAttribute('href'), page.url())
        await page.goto(back.href)
        await page.locator('.exchange', { hasText: 'How soon is the INR' }).waitFor()
      }))
  }

  test('is interrupted by a voice, hears it out, and shows a card beside the conversation', () =>
    onPage({ flags: microphoneFrom(recording(1.5, QUESTION, 5, 'add a meeting with doctor Smith', 30)) }, async (page) => {
      await press(page, 'Start talking')
      await state(page, 'speaking')
      await state(page, 'hearing')
      const card = page.locator('.voice__cards .action-card')
      await card.waitFor()
      await picture(page, 'voice-card')
      assert.deepEqual(await seriousFindings(page), [])
      await card.getByRole('button', { name: 'Confirm' }).click()
      await page.locator('.action-card[data-state="done"]').waitFor()
    }))

  test('talks by push-to-talk with the space bar, and remembers it', () =>
    onPage({}, async (page) => {
      await page.getByText('Hands-free').click()
      await page.reload()
      await press(page, 'Start talking')
      await state(page, 'waiting')
      await picture(page, 'voice-push-to-talk')
      assert.deepEqual(await seriousFindings(page), [])
      await page.locator('.voice__said').focus()
      await page.keyboard.down(' ')
      await state(page, 'hearing')
      await page.waitForTimeout(700)
      await page.keyboard.up(' ')
      await page.locator('.voice-exchange').waitFor()
      await state(page, 'speaking')
      await page.getByRole('button', { name: 'Hold to talk' }).hover()
      await page.mouse.down()
      await state(page, 'hearing') // and the answer is silent
      await page.mouse.up()
      assert.equal(await page.locator('.voice-exchange').first().getAttribute('data-state'), 'done')
    }))

  for (const [name, options] of [
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { viewport: { width: 360, height: 740 } }],
  ]) {
    test(`is told how one talks, which is remembered by the server: ${name}`, () =>
      onPage({ flags: quiet, ...options }, async (page) => {
        const speed = page.getByLabel('Answers are spoken')
        await page.getByText('Language and voice').click()
        await speed.selectOption('Quickly')
        await page.getByRole('combobox', { name: 'Voice', exact: true }).selectOption('en-gb')
        await picture(page, `voice-choices-${name}`)
        assert.deepEqual(await seriousFindings(page), [])
        assert.equal(await sidewaysScroll(page), 0)
        await page.evaluate(() => localStorage.clear())
        await page.reload()
        await page.getByText('Language and voice').click()
        assert.equal(await speed.inputValue(), '1.25')
        assert.equal(await page.getByRole('combobox', { name: 'Voice', exact: true }).inputValue(), 'en-gb')
        await speed.selectOption('Normally')
        await page.getByRole('combobox', { name: 'Voice', exact: true }).selectOption('The usual one')
      }))
  }

  test('mutes the microphone, and ends', () =>
    onPage({ flags: quiet }, async (page) => {
      await press(page, 'Start talking')
      await state(page, 'listening')
      await press(page, 'Mute')
      await state(page, 'muted')
      await picture(page, 'voice-muted')
      const { received } = mock.lines.frames()
      await page.waitForTimeout(500)
      assert.ok(mock.lines.frames().received <= received + 5)
      await press(page, 'Unmute')
      await state(page, 'listening')
      await press(page, 'End')
      await state(page, 'off')
    }))

  test('loses no frame when the line breaks', () =>
    onPage({ flags: quiet }, async (page) => {
      await press(page, 'Start talking')
      await state(page, 'listening')
      await page.waitForTimeout(500)
      mock.lines.drop()
      await page.getByText('The line was lost. Connecting again …').waitFor()
      await state(page, 'listening')
      const { received } = mock.lines.frames()
      await page.waitForTimeout(500)
      assert.ok(mock.lines.frames().received > received)
      assert.equal(mock.lines.frames().lost, 0)
    }))

  test('says what to do when the browser refuses the microphone', () =>
    onPage({ flags: ['--use-fake-device-for-media-stream', '--deny-permission-prompts'] }, async (page) => {
      await press(page, 'Start talking')
      await page.getByText(/The browser does not let this page use the microphone/).waitFor()
      await picture(page, 'voice-refused')
      assert.deepEqual(await seriousFindings(page), [])
    }))

  test('a question is dictated into its box, to be read before it is sent', () =>
    inBrowser(mock.address, { flags: quiet }, async (page) => {
      await press(page, 'Dictate the question')
      await page.waitForTimeout(400)
      await press(page, 'Stop dictating')
      await page.waitForFunction(() => document.querySelector('.composer__box').value.startsWith('How soon is the INR'))
      assert.equal(await page.locator('.exchange').count(), 0)
      assert.equal(await page.evaluate(() => document.activeElement.className), 'composer__box')
    }))

  test('the sidebar leads to it in one click, and on with the same conversation', () =>
    inBrowser(mock.address, { flags: quiet }, async (page) => {
      await page.getByLabel('Your question').fill('How soon is the INR checked?')
      await page.keyboard.press('Enter')
      await page.locator('.exchange[data-state="done"]').waitFor()
      await page.getByRole('link', { name: 'Talk', exact: true }).click()
      await page.locator('.voice-exchange', { hasText: 'How soon is the INR' }).waitFor()
      assert.match(page.url(), /\/voice#\/chat\/c\d+$/)
    }))

  test('Nextcloud’s page forbids the microphone, and leads to the one beside it, which talks by requests', () =>
    inBrowser(`${mock.address}cloud/index.php/apps/app_api/embedded/voiceassist/page`, { flags: once, before: watchSound }, async (page) => {
      // The mock's page is without Nextcloud's styles: the link lies below what is seen.
      await page.getByRole('link', { name: 'Talk on the voice page' }).evaluate((link) => link.click())
      await page.locator('.voice').waitFor()
      assert.equal(new URL(page.url()).pathname, `${PROXY}/voice`)
      await press(page, 'Start talking')
      await page.getByText(/speak, then wait for the answer/).waitFor()
      await state(page, 'speaking')
      await picture(page, 'voice-half-duplex')
      await heardFor(page, 1)
      await page.locator('.voice-exchange .citation').first().waitFor()
      const back = new URL(await page.locator('.voice-back').getAttribute('href'), page.url())
      assert.match(back.pathname + back.hash, /^\/cloud\/index\.php\/apps\/app_api\/embedded\/voiceassist\/app#\/chat\/c\d+$/)
    }))
})
