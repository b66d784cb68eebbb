/**
 * A spoken conversation with the running product: Chromium's microphone plays what flite says, and the built-in engines
 * hear and speak. tests/browser/test_voice.py starts the product over its sample server and says where they are:
 *   VOICEASSIST_URL                       the page
 *   CALENDAR, DAV_USER, DAV_PASSWORD      the calendar by CalDAV
 *   SCREENSHOTS                           a folder for pictures, when some are wanted
 *
 * No loudspeaker reaches the microphone here: that the assistant does not hear itself is proved elsewhere.
 */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'

import { inBrowser, microphoneFrom } from './browser.mjs'
import { eventsCalled } from './caldav.mjs'
import { recording, secondsHeard, watchSound } from './spoken.mjs'

const { VOICEASSIST_URL: URL, SCREENSHOTS } = process.env
const ZONE = 'Europe/Berlin'

async function picture(page, name) {
  if (SCREENSHOTS) {
    await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
  }
}

const state = (page, wanted) => page.locator(`.stage[data-state="${wanted}"]`).waitFor({ timeout: 30_000 })

test('a question is asked and answered aloud, the answer is spoken over by a command, and a spoken yes has it done', () => {
  const spoken = recording(
    ...[2, 'when is the vaccine offered'],
    ...[6, 'add a meeting tomorrow at two p m with doctor Smith'],
    ...[30, 'yes', 30],
  )
  const options = { flags: microphoneFrom(spoken), before: watchSound, shown: '.voice', timezoneId: ZONE }
  return inBrowser(`${URL}voice`, options, async (page) => {
    const { 'permissions-policy': policy } = (await page.request.get(`${URL}voice`)).headers()
    assert.equal(policy, 'microphone=(self)') // without it Nextcloud's own header would forbid the microphone
    assert.deepEqual(await eventsCalled('Meeting with Dr. Laura Smith'), [])
    await page.getByText('Command grade:').waitFor()
    await page.getByRole('button', { name: 'Start talking' }).click()
    await state(page, 'hearing')
    await state(page, 'speaking')
    const exchanges = page.locator('.voice-exchange')
    await page.locator('.voice-exchange[data-state="done"]').first().waitFor()
    assert.match(await exchanges.first().innerText(), /vaccine is offered on Mondays/) // else it shows what was heard
    assert.ok((await exchanges.first().locator('.citation').count()) > 0)
    await page.locator('.stage__caption strong').first().waitFor()
    await page.waitForFunction(() => window.sounds.some(({ loudest }) => loudest > 0.01))
    await picture(page, 'voice-answer')

    assert.ok(await page.evaluate(() => window.sounds.every(({ stopped }) => !stopped)))
    await state(page, 'hearing') // the command, over the answer
    await page.waitForFunction(() => window.sounds.some(({ stopped }) => stopped))
    await exchanges.first().getByText(/interrupted/).waitFor() // what was heard of it stands there, without a reload
    const before = await secondsHeard(page)
    await page.locator('.action-card[data-state="proposed"]').waitFor({ timeout: 30_000 })
    assert.match(await page.locator('.action-card').innerText(), /Dr\. Laura Smith/)
    await state(page, 'speaking') // it is read back
    await picture(page, 'voice-proposal')
    await state(page, 'listening')
    assert.ok((await secondsHeard(page)) > before)

    await page.locator('.action-card[data-state="done"]').waitFor({ timeout: 60_000 })
    await picture(page, 'voice-done')
    const [event, ...more] = await eventsCalled('Meeting with Dr. Laura Smith')
    assert.deepEqual(more, [])
    assert.match(event, new RegExp(`DTSTART;TZID=${ZONE}:\\d{8}T140000`))

    // It is a conversation like any other.
    await page.locator('.voice-back').click()
    await page.locator('.exchange', { hasText: 'vaccine' }).first().waitFor()
    assert.equal(await page.locator('.exchange').count(), 3)
  })
})
