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

describe('a question about all files', () => {
  const SUMMARY = 'Summarise everything about the fridge'

  test('says how far it is, and answers with a line and a source for every file', () =>
    inBrowser(URL, {}, async (page) => {
      await page.getByLabel('Your question').fill(SUMMARY)
      await page.keyboard.press('Enter')
      await page.getByText(/Reading files: \d+ of \d+/).waitFor()
      const exchange = page.locator('.exchange[data-state="done"]')
      await exchange.waitFor({ timeout: 60_000 })
      const answer = await exchange.locator('.answer-text').innerText()
      const count = Number(/^Files about “fridge”: (\d+)\./.exec(answer)?.[1])
      assert.ok(count >= 5, answer)
      assert.ok((await exchange.locator('.answer-text li').count()) >= 5)
      assert.equal(await page.getByText(/Reading files/).count(), 0)
      await exchange.locator('.citation').first().click()
      await page.locator('.passage__itself mark').first().waitFor()
      assert.deepEqual(await seriousFindings(page), [])
    }))

  test('is stopped in the middle, and lists files once each', () =>
    inBrowser(URL, {}, async (page) => {
      await page.getByLabel('Your question').fill(SUMMARY)
      await page.keyboard.press('Enter')
      await page.getByText(/Reading files: [1-9]\d* of \d+/).waitFor()
      await page.getByRole('button', { name: 'Stop answering' }).click()
      await page.locator('.exchange[data-state="cancelled"]').waitFor()
      await page.getByLabel('Your question').fill('Which of my letters mention warfarin?')
      await page.keyboard.press('Enter')
      const exchange = page.locator('.exchange[data-state="done"]')
      await exchange.waitFor()
      const lines = await exchange.locator('.answer-text li').allInnerTexts()
      const names = lines.map((line) => line.split(':')[0])
      assert.deepEqual(names, [...new Set(names)])
      assert.ok(names.includes('Entlassungsbrief Vogt.docx'), names.join())
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
