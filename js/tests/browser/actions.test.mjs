/**
 * Commands and their cards. tests/browser/test_actions.py starts the product over its sample server, to whose address
 * book it adds a second Dr. Smith, and says where they are:
 *   VOICEASSIST_URL                       the page
 *   CALENDAR, DAV_USER, DAV_PASSWORD      the calendar by CalDAV
 *   SCREENSHOTS                           a folder for pictures, when some are wanted
 */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { ask, inBrowser, seriousFindings, sidewaysScroll } from './browser.mjs'
import { eventsCalled } from './caldav.mjs'

const { VOICEASSIST_URL: URL, SCREENSHOTS } = process.env
const COMMAND = 'add a meeting tomorrow at 2pm with Dr. Smith'
const ZONE = 'Europe/Berlin'
const ANNEKE = 'anneke.smith@millbrook.example'

async function picture(page, name) {
  if (SCREENSHOTS) {
    await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
  }
}

const card = (page) => page.locator('.action-card').last()
const state = (page, wanted) => page.locator(`.action-card[data-state="${wanted}"]`).last().waitFor()
const focused = (page) => page.evaluate(() => document.activeElement.textContent.trim())

describe('a meeting', () => {
  test('is asked for, with one of two Smiths, edited on its card, confirmed, found on the server, and taken back', () =>
    inBrowser(URL, { timezoneId: ZONE }, async (page) => {
      const asked = await ask(page, COMMAND)
      const smiths = asked.locator('.clarification').getByRole('button', { name: /Smith/ })
      assert.equal(await smiths.count(), 2)
      await asked.locator('.clarification').getByRole('button', { name: /Anneke/ }).click()
      await state(page, 'proposed')
      assert.match(await card(page).innerText(), /Dr\. Anneke Smith <anneke\.smith@millbrook\.example>/)
      await page.waitForFunction(() => document.activeElement.matches('.action-card__sentence'))
      assert.match(await page.locator('.exchange').last().innerText(), /no language model was asked/)
      await picture(page, 'card')
      assert.deepEqual(await seriousFindings(page), [])
      assert.deepEqual(await eventsCalled('Meeting with Dr. Anneke Smith'), [])

      await card(page).getByRole('button', { name: 'Edit' }).click()
      assert.deepEqual(await seriousFindings(page), [])
      await card(page).getByLabel('Title').fill('')
      await card(page).getByRole('button', { name: 'Save changes' }).click()
      await card(page).locator('[data-field="title"]').getByText(/title is needed/).waitFor()
      await card(page).getByLabel('Title').fill('Rounds')
      await card(page).getByLabel('Start: time').fill('15:30')
      await picture(page, 'form')
      await card(page).getByRole('button', { name: 'Save changes' }).click()
      await card(page).locator('h2', { hasText: '15:30' }).waitFor()
      assert.match(await focused(page), /“Rounds”.*15:30–16:30/)

      await card(page).getByRole('button', { name: 'Confirm' }).click()
      await state(page, 'done')
      assert.match(await card(page).getByRole('status').innerText(), /Done/)
      const [event, ...more] = await eventsCalled('Rounds')
      assert.deepEqual(more, [])
      assert.match(event, new RegExp(`DTSTART;TZID=${ZONE}:\\d{8}T153000`))
      assert.match(event, new RegExp(`DTEND;TZID=${ZONE}:\\d{8}T163000`))
      assert.match(event, new RegExp(`ATTENDEE.*mailto:${ANNEKE}`, 'i'))
      assert.deepEqual(await seriousFindings(page), [])
      await picture(page, 'done')

      // An old conversation shows the card as it stands.
      await page.reload()
      await state(page, 'done')
      await card(page).getByRole('button', { name: 'Undo' }).click()
      await state(page, 'undone')
      assert.deepEqual(await eventsCalled('Rounds'), [])
      await page.reload()
      await state(page, 'undone')
    }))

  test('is changed and confirmed by typed words, its card going along', () =>
    inBrowser(URL, { timezoneId: ZONE }, async (page) => {
      await ask(page, 'add a meeting tomorrow at 9am with Dr. Okafor')
      await state(page, 'proposed')
      const say = async (text) => {
        await page.getByLabel('Your question').fill(text)
        await page.keyboard.press('Enter')
      }
      await say('move it to Friday')
      await page.locator('.exchange[data-state="done"]').nth(1).waitFor()
      await card(page).locator('h2', { hasText: 'Friday' }).waitFor()
      assert.equal(await page.locator('.action-card').count(), 1)
      assert.match(await page.locator('.exchange').first().innerText(), /Shall I do this\?/)
      await say('no')
      await state(page, 'dismissed')
      assert.equal(await page.locator('.action-card').count(), 1)
      assert.deepEqual(await eventsCalled('Meeting with Dr. Daniel Okafor'), [])
    }))

  test('without a time is asked back for one in the box, which says the question', () =>
    inBrowser(URL, { timezoneId: ZONE }, async (page) => {
      await ask(page, 'add a meeting with Dr. Okafor')
      await page.waitForFunction(() => document.activeElement.getAttribute('placeholder') === 'When?')
      await page.keyboard.type('tomorrow at 10am')
      await page.keyboard.press('Enter')
      await state(page, 'proposed')
      await card(page).getByRole('button', { name: 'Dismiss' }).click()
      await state(page, 'dismissed')
    }))
})

test('a reminder and a meeting are confirmed at once, on a narrow screen, and the reminder stands in its list', () =>
  inBrowser(URL, { timezoneId: ZONE, viewport: { width: 360, height: 740 } }, async (page) => {
    await ask(page, 'remind me tomorrow at 5 pm to call the lab and add a meeting tomorrow at 9am with Dr. Okafor')
    assert.equal(await page.locator('.action-card[data-state="proposed"]').count(), 2)
    assert.equal(await sidewaysScroll(page), 0)
    await picture(page, 'cards-narrow')
    await page.getByRole('button', { name: 'Confirm all (2)' }).click()
    await page.locator('.action-card[data-state="done"]').nth(1).waitFor()
    assert.equal((await eventsCalled('Meeting with Dr. Daniel Okafor')).length, 1)
    await page.goto(`${URL}#/reminders`)
    const reminder = page.locator('.reminder[data-state="open"]')
    await reminder.waitFor()
    assert.match(await reminder.innerText(), /Call the lab[\s\S]*17:00/)
    assert.deepEqual(await seriousFindings(page), [])
    assert.equal(await sidewaysScroll(page), 0)
    await picture(page, 'reminders-narrow')
  }))
