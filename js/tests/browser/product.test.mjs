/**
 * The face of the running product over its sample documents. tests/browser/test_face.py starts the product and says
 * where it is:
 *   VOICEASSIST_URL        the page
 *   VOICEASSIST_DOCUMENTS  the folder whose files are indexed
 *   EXPECTED_PAGE          the page of the staff handbook that speaks of parental leave
 *   SCREENSHOTS            a folder for pictures, when some are wanted
 */

import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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

  test('an answer tells why, how and from what it was made, also after a reload, without a word over the line', () =>
    inBrowser(URL, {}, async (page) => {
      const badge = (await ask(page, QUESTION)).locator('.answer-badge')
      assert.equal(await badge.locator('dl').isVisible(), false)
      await badge.locator('summary').focus()
      await page.keyboard.press('Enter')
      const told = await badge.locator('dl').innerText()
      assert.match(told, /Model[^]*No language model is configured\.[^]*Data\nNothing left this server[^]*Finding passages: /)
      const [, read, cited] = /(\d+) passages? read, (\d+) of them cited/.exec(told)
      assert.equal(await badge.locator('li').count(), Number(read) - Number(cited))
      await picture(page, 'badge')
      assert.deepEqual(await seriousFindings(page), [])
      await page.reload()
      await badge.locator('summary').click()
      const again = await badge.locator('dl').innerText()
      assert.ok(again.includes(`${read} passages read, ${cited} of them cited`), again)
      assert.match(again, /No language model is configured\.[^]*Finding passages: /)
      assert.equal(await badge.locator('li').count(), 0, 'titles of what was not cited are not kept')
    }))

  test('an answer is asked for once more, and the earlier one stays reachable, also after a reload', () =>
    inBrowser(URL, {}, async (page) => {
      const exchange = await ask(page, QUESTION)
      const answered = page.waitForResponse((response) => /\/regenerate(\?|$)/.test(response.url()))
      await exchange.getByRole('button', { name: 'Answer once more' }).click()
      assert.equal((await answered).status(), 201)
      await exchange.getByText('2 of 2', { exact: true }).waitFor()
      assert.match(await exchange.locator('.answer-text').innerText(), ANSWER)
      await exchange.getByRole('button', { name: 'Earlier answer' }).click()
      await exchange.getByText('1 of 2', { exact: true }).waitFor()
      assert.match(await exchange.locator('.answer-text').innerText(), ANSWER)
      await picture(page, 'versions')
      await page.reload()
      await exchange.getByText('2 of 2', { exact: true }).waitFor()
      assert.equal(await page.locator('.exchange').count(), 1)
    }))

  test('feedback is kept over a reload, and taken back by the same button', () =>
    inBrowser(URL, {}, async (page) => {
      const exchange = await ask(page, QUESTION)
      const thumb = exchange.getByRole('button', { name: 'Bad answer' })
      await thumb.click()
      await exchange.getByLabel('Why? (optional)').fill('Too short.')
      await picture(page, 'feedback')
      const kept = page.waitForResponse((response) => response.request().postData()?.includes('Too short.'))
      await page.keyboard.press('Enter')
      assert.equal((await kept).status(), 200)
      await page.reload()
      await exchange.getByText('Your comment: Too short.').waitFor()
      assert.equal(await thumb.getAttribute('aria-pressed'), 'true')
      const gone = page.waitForResponse((response) => response.request().method() === 'DELETE')
      await thumb.click()
      assert.equal((await gone).status(), 200)
      await page.reload()
      await exchange.waitFor()
      assert.equal(await thumb.getAttribute('aria-pressed'), 'false')
    }))

  test('a conversation is found by its words, exported, and removed only after a question', () =>
    inBrowser(URL, {}, async (page) => {
      const word = `Zanzibar${Date.now()}` // in no conversation of an earlier run
      await ask(page, `${word}: what does the staff handbook say about parental leave?`)
      await page.getByRole('button', { name: 'New conversation' }).click()
      await ask(page, QUESTION)
      const entries = page.locator('.app-navigation-entry', { hasText: 'parental leave' })
      await page.getByLabel('Search in conversations').fill(`${word.toLowerCase()} handb`)
      const entry = page.locator('.app-navigation-entry', { hasText: word })
      await page.waitForFunction(() => document.querySelectorAll('.app-navigation-entry a[href^="#/chat/"]').length === 1)
      assert.equal(await entries.count(), 1)
      await picture(page, 'conversations')

      await entry.hover()
      await entry.getByRole('button', { name: 'Actions' }).click()
      const download = page.waitForEvent('download')
      await page.getByRole('menuitem', { name: 'Export as Markdown' }).click()
      const file = await download
      assert.equal(file.suggestedFilename(), `${word} what does the staff handbook say about parental leave.md`)
      const text = readFileSync(await file.path(), 'utf8')
      assert.ok(text.includes(`## ${word}: what`))
      assert.match(text, /Parental leave follows the law[^]*\* \\\[1\\\] \[/)

      await entry.hover()
      await entry.getByRole('button', { name: 'Actions' }).click()
      await page.getByRole('menuitem', { name: 'Delete' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
      assert.equal(await entry.count(), 1)
      await entry.hover()
      await entry.getByRole('button', { name: 'Actions' }).click()
      await page.getByRole('menuitem', { name: 'Delete' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
      await page.getByText('No conversation mentions this').waitFor()
      await page.getByLabel('Search in conversations').fill('')
      await entries.first().waitFor()
    }))

  test('an answer is saved as a file on request, never over another, and a branch goes its own way', () =>
    inBrowser(URL, {}, async (page) => {
      const exchange = await ask(page, QUESTION)
      const folder = join(DOCUMENTS, 'Kept')
      for (const number of ['', ' (2)']) {
        const name = `What does the staff handbook say about parental leave${number}.voiceassist.md`
        await exchange.getByRole('button', { name: 'More actions for this answer' }).click()
        await page.getByRole('menuitem', { name: 'Save as a file in Nextcloud' }).click()
        const dialog = page.getByRole('dialog')
        await dialog.getByLabel('Folder').fill('/Kept')
        assert.equal(existsSync(join(folder, name)), false, 'nothing is written before the click')
        await dialog.getByRole('button', { name: 'Save' }).click()
        const link = dialog.getByRole('link', { name: `/Kept/${name}` })
        await link.waitFor()
        assert.match(readFileSync(join(folder, name), 'utf8'), ANSWER)
        await picture(page, 'shared')
        assert.deepEqual(await seriousFindings(page), [])
        const opened = await page.request.get(await link.getAttribute('href'))
        assert.equal(opened.status(), 200)
        await dialog.locator('.dialog__actions').getByRole('button', { name: 'Close' }).click()
      }
      rmSync(folder, { recursive: true })

      const origin = page.url()
      await exchange.getByRole('button', { name: 'More actions for this answer' }).click()
      await page.getByRole('menuitem', { name: 'New conversation from here' }).click()
      await page.waitForFunction((before) => location.href !== before, origin)
      await page.locator('.exchange[data-state="done"]').waitFor()
      assert.match(await page.locator('.answer-text').innerText(), ANSWER)
      await ask(page, 'Who is the hygiene officer?')
      await page.goto(origin)
      await page.waitForFunction(() => document.querySelectorAll('.exchange').length === 1)
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
        await page.getByRole('searchbox', { name: 'Filter by name' }).fill('Damaged')
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
        await exchange.locator('.answer-badge summary').click()
        await picture(page, `badge-${colorScheme}`)
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
      await exchange.locator('.answer-badge summary').click()
      await picture(page, 'answer-narrow')
      assert.equal(await sidewaysScroll(page), 0)
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
