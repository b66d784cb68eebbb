/**
 * The face of the running product over its sample documents. tests/browser/test_face.py starts the product and says
 * where it is:
 *   VOICEASSIST_URL        the page
 *   VOICEASSIST_DOCUMENTS  the folder whose files are indexed
 *   EXPECTED_PAGE          the page of the staff handbook that speaks of parental leave
 *   SCREENSHOTS            a folder for pictures, when some are wanted
 */

import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { ask, inBrowser, seriousFindings, sidewaysScroll } from './browser.mjs'

const { VOICEASSIST_URL: URL, VOICEASSIST_DOCUMENTS: DOCUMENTS, EXPECTED_PAGE, SCREENSHOTS } = process.env
const QUESTION = 'What does the staff handbook say about parental leave?'
const ANSWER = /Parental leave follows the law/
// The answer may have further sentences: this is the citation that stands behind that one.
const CITED_ANSWER = /Parental leave follows the law[^.]*\.\s*(\d+)/

async function picture(page, name) {
  if (SCREENSHOTS) {
    await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
  }
}

/** The button of the citation that the sentence ANSWER carries. */
async function citationOfAnswer(exchange) {
  const text = await exchange.locator('.answer-text').innerText()
  assert.match(text, CITED_ANSWER)
  return exchange.getByRole('button', { name: `Source ${CITED_ANSWER.exec(text)[1]}:` }).first()
}

/** What must hold of the panel after the citation of the answer to QUESTION was opened. */
async function checkPassage(page) {
  const panel = page.getByRole('complementary', { name: 'Passage of Staff handbook 2026.pdf' })
  await panel.getByText(`Page ${EXPECTED_PAGE}`, { exact: true }).waitFor()
  assert.match(await panel.locator('.passage__itself').innerText(), ANSWER)
  const marked = (await panel.locator('mark').allInnerTexts()).map((word) => word.toLowerCase())
  assert.ok(marked.includes('parental') && marked.includes('leave'), `marked: ${marked.join(', ')}`)
  assert.match((await panel.locator('.highlighted-text__quote').allInnerTexts()).join(''), ANSWER)
  return panel
}

describe('the product', () => {
  test('answers a question with a citation that opens the right page with the right words marked', () =>
    inBrowser(URL, {}, async (page) => {
      const exchange = await ask(page, QUESTION)
      assert.match(await exchange.locator('.answer-badge').innerText(), /Nothing left this server/)
      const citation = await citationOfAnswer(exchange)
      const source = new RegExp(`^Source \\d+: Staff handbook 2026\\.pdf, Page ${EXPECTED_PAGE}$`)
      assert.match(await citation.getAttribute('aria-label'), source)
      await picture(page, 'answer')
      await citation.click()
      const panel = await checkPassage(page)
      await picture(page, 'passage')
      const pdf = await panel.getByRole('link', { name: `Open the PDF at page ${EXPECTED_PAGE}` }).getAttribute('href')
      assert.match(pdf, new RegExp(`/content#page=${EXPECTED_PAGE}$`))
      const content = await page.request.get(new globalThis.URL(pdf, URL).href)
      assert.equal(content.headers()['content-type'], 'application/pdf')
      const file = await page.request.get(await panel.getByRole('link', { name: 'Open in Files' }).getAttribute('href'))
      assert.equal(file.status(), 200)
    }))

  test('is used by the keyboard alone: ask, open a citation, close it, search, open a passage', () =>
    inBrowser(URL, {}, async (page) => {
      await page.keyboard.press('/')
      await page.keyboard.type(QUESTION)
      await page.keyboard.press('Enter')
      const exchange = page.locator('.exchange[data-state="done"]')
      await exchange.waitFor()
      const source = await (await citationOfAnswer(exchange)).getAttribute('aria-label')
      const focused = () => page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? '')
      for (let presses = 0; (await focused()) !== source && presses < 40; presses++) {
        await page.keyboard.press('Shift+Tab')
      }
      assert.equal(await focused(), source)
      await page.keyboard.press('Enter')
      await checkPassage(page)
      assert.equal(await focused(), 'Passage')
      await page.keyboard.press('Escape')
      await page.locator('#app-sidebar-vue').waitFor({ state: 'detached' })
      assert.equal(await focused(), source)

      await page.getByRole('link', { name: 'Search', exact: true }).focus()
      await page.keyboard.press('Enter')
      await page.waitForFunction(() => document.activeElement.matches('input[type="search"]'))
      await page.keyboard.type('parental leave')
      await page.keyboard.press('Enter')
      await page.locator('.search-hit').first().waitFor()
      for (let presses = 0; presses < 10; presses++) {
        await page.keyboard.press('Tab')
        if (await page.evaluate(() => document.activeElement.closest('.search-hit') !== null)) {
          break
        }
      }
      await page.keyboard.press('Enter')
      await page.locator('.passage__itself').waitFor()
    }))

  test('lists passages for words, with highlights, without a language model', () =>
    inBrowser(`${URL}#/search?q=needle-stick%20injury`, {}, async (page) => {
      const hits = page.locator('.search-hit')
      await hits.first().waitFor()
      assert.ok((await page.locator('.search-hit', { hasText: 'Needle-stick injury.pdf' }).count()) > 0)
      assert.ok((await page.locator('.search-hit mark').count()) > 0)
      await picture(page, 'search')
      await hits.first().getByRole('button').click()
      await page.locator('.passage__itself mark').first().waitFor()
    }))

  test('answers from the picked files only', () =>
    inBrowser(URL, {}, async (page) => {
      await page.getByRole('button', { name: 'Ask only about some files or folders' }).click()
      await page.getByText('Protocols', { exact: true }).click()
      await page.getByRole('button', { name: 'Ask only about these' }).click()
      const exchange = await ask(page, QUESTION)
      assert.doesNotMatch(await exchange.innerText(), /Staff handbook/)
    }))

  test('shows all files as indexed, a damaged one with its reason, and tries that again', { timeout: 90_000 }, async () => {
    const damaged = join(DOCUMENTS, 'Damaged letter.pdf')
    writeFileSync(damaged, '%PDF-1.7\nthis is not the rest of a PDF')
    try {
      await inBrowser(`${URL}#/files`, {}, async (page) => {
        const count = (state) => page.locator(`.summary__tile[data-state="${state}"] .summary__count`).innerText()
        await page.getByRole('textbox', { name: 'Filter by name' }).or(page.getByRole('searchbox')).fill('Damaged')
        const row = page.locator('tr', { hasText: 'Damaged letter.pdf' })
        await row.getByText('Failed', { exact: true }).waitFor({ timeout: 40_000 })
        assert.match(await row.locator('.files-table__reason').innerText(), /damaged|not a|broken|read/i)
        assert.equal(Number(await count('indexed')) + Number(await count('failed')), Number(await count('all')))
        await picture(page, 'files')
        const answered = page.waitForResponse((response) => /\/files\/\d+\/retry$/.test(response.url()))
        await row.getByRole('button', { name: 'Try Damaged letter.pdf again' }).click()
        assert.equal((await answered).status(), 200)
        await row.getByText('Failed', { exact: true }).waitFor({ timeout: 40_000 })
      })
    } finally {
      rmSync(damaged)
    }
  })

  for (const colorScheme of ['light', 'dark']) {
    test(`has no serious accessibility finding in ${colorScheme}`, () =>
      inBrowser(URL, { colorScheme }, async (page) => {
        const finds = { empty: await seriousFindings(page) }
        await picture(page, `empty-${colorScheme}`)
        const exchange = await ask(page, QUESTION)
        await (await citationOfAnswer(exchange)).click()
        await checkPassage(page)
        finds.passage = await seriousFindings(page)
        await picture(page, `passage-${colorScheme}`)
        await page.keyboard.press('Escape')
        await page.goto(`${URL}#/search?q=vaccine`)
        await page.locator('.search-hit').first().waitFor()
        finds.search = await seriousFindings(page)
        await page.goto(`${URL}#/files`)
        await page.locator('.files-table').waitFor()
        finds.files = await seriousFindings(page)
        await picture(page, `files-${colorScheme}`)
        assert.deepEqual(finds, { empty: [], passage: [], search: [], files: [] })
      }))
  }

  test('fits a narrow screen', () =>
    inBrowser(URL, { viewport: { width: 375, height: 720 } }, async (page) => {
      const exchange = await ask(page, QUESTION)
      assert.equal(await sidewaysScroll(page), 0)
      await picture(page, 'answer-narrow')
      await (await citationOfAnswer(exchange)).click()
      await checkPassage(page)
      await page.waitForTimeout(400)
      await picture(page, 'passage-narrow')
      assert.equal(await sidewaysScroll(page), 0)
      await page.goto(`${URL}#/files`)
      await page.locator('.files-table').waitFor()
      assert.equal(await sidewaysScroll(page), 0)
      await picture(page, 'files-narrow')
    }))
})
