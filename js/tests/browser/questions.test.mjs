/**
 * Questions that are asked back, and follow-ups. tests/browser/test_face.py starts the product, puts two documents on
 * kinds of kidney disease beside its sample documents, and says where the page is: VOICEASSIST_URL.
 */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { ask, inBrowser, seriousFindings, sidewaysScroll } from './browser.mjs'

const { VOICEASSIST_URL: URL } = process.env
const QUESTION = 'How is kidney disease treated?'

describe('a question with several readings', () => {
  test('is asked back, answered by the keyboard, and asked back once only', () =>
    inBrowser(URL, {}, async (page) => {
      await ask(page, QUESTION)
      const exchange = page.locator('.exchange').first()
      const group = exchange.getByRole('group', { name: 'Which do you mean?' })
      await group.waitFor()
      const labels = await group.getByRole('button').allInnerTexts()
      assert.deepEqual([...labels].sort(), ['Acute kidney disease', 'Chronic kidney disease'])
      assert.match(await page.getByRole('status').first().textContent(), /Which do you mean\? .*Chronic kidney disease/)
      assert.deepEqual(await seriousFindings(page), [])

      const focused = () => page.evaluate(() => document.activeElement.textContent.trim())
      for (let presses = 0; (await focused()) !== 'Chronic kidney disease' && presses < 40; presses++) {
        await page.keyboard.press('Shift+Tab')
      }
      assert.equal(await focused(), 'Chronic kidney disease')
      await page.keyboard.press('Enter')
      await page.locator('.exchange[data-state="done"]').nth(1).waitFor()
      const answer = page.locator('.exchange').last()
      assert.match(await answer.locator('.answer-text').innerText(), /ACE inhibitor/)
      assert.doesNotMatch(await answer.locator('.answer-text').innerText(), /fluids/)
      assert.match(await answer.innerText(), /Searched for: How is Chronic kidney disease treated\?/)
      assert.equal(await answer.getByRole('group', { name: 'Which do you mean?' }).count(), 0)
      assert.ok(await group.getByRole('button').first().isDisabled())
    }))

  test('is answered by words as well, and fits a narrow screen', () =>
    inBrowser(URL, { viewport: { width: 375, height: 720 } }, async (page) => {
      const exchange = await ask(page, QUESTION)
      await exchange.getByRole('group', { name: 'Which do you mean?' }).waitFor()
      assert.equal(await sidewaysScroll(page), 0)
      await page.getByLabel('Your question').fill('acute')
      await page.keyboard.press('Enter')
      await page.locator('.exchange[data-state="done"]').nth(1).waitFor()
      assert.match(await page.locator('.exchange').last().locator('.answer-text').innerText(), /fluids/)
    }))
})

test('a follow-up is answered as the question that it stands for, which is shown', () =>
  inBrowser(URL, {}, async (page) => {
    await ask(page, 'What dose of adrenaline does an adult with anaphylaxis get?')
    await page.getByLabel('Your question').fill('And for a baby of four months?')
    await page.keyboard.press('Enter')
    await page.locator('.exchange[data-state="done"]').nth(1).waitFor()
    const exchange = page.locator('.exchange').last()
    const searched = 'What dose of adrenaline does a baby of four months with anaphylaxis get?'
    await exchange.getByText(`Searched for: ${searched}`).waitFor()
    assert.match(await exchange.innerText(), /Anaphylaxis/)
  }))
