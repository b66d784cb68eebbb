/**
 * The face over bad lines and with answers that the real product is hard to bring into, against the mock server.
 * What the mock leaves unproved stands at its top; tests/browser/test_product.py runs against the product.
 */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { startMockServer } from '../../dev/mock-server.mjs'

import { ask, inBrowser, seriousFindings, sidewaysScroll } from './browser.mjs'

const QUESTION = 'How soon is the INR checked after a change of dose?'
const PROXY = '/cloud/index.php/apps/app_api/proxy/voiceassist'
const ANSWER = /After a change of dose, check the INR within three to seven days/

/** Rename by the menu in the navigation; gives the renamed entry. */
async function renameConversation(page, from, to) {
  const item = page.locator('.app-navigation-entry', { hasText: from }).first()
  await item.hover()
  await item.getByRole('button', { name: 'Actions' }).click()
  await page.getByRole('menuitem', { name: 'Rename' }).click()
  await page.locator('.app-navigation input[type="text"]').fill(to)
  await page.keyboard.press('Enter')
  const renamed = page.locator('.app-navigation-entry', { hasText: to })
  await renamed.waitFor()
  return renamed
}

for (const mode of ['ok', 'break', 'buffer', 'none']) {
  test(`an answer arrives whole and once when the stream is: ${mode}`, async () => {
    const { server, address } = await startMockServer(0, mode)
    try {
      await inBrowser(address, {}, async (page) => {
        const exchange = await ask(page, QUESTION)
        const text = await exchange.locator('.answer-text').innerText()
        assert.match(text, ANSWER)
        assert.equal(text.match(/After a change/g).length, 1)
        assert.equal(await exchange.locator('.citation').count(), 4)
      })
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
}

describe('with a good line', () => {
  let mock
  before(async () => {
    mock = await startMockServer()
  })
  after(() => {
    mock.server.closeAllConnections()
    mock.server.close()
  })

  test('text is seen while the answer is still being written', () =>
    inBrowser(mock.address, {}, async (page) => {
      await page.getByLabel('Your question').fill(`${QUESTION} slowly`)
      await page.keyboard.press('Enter')
      await page.locator('.exchange[data-state="answering"] .answer-text').waitFor()
      const early = await page.locator('.answer-text').innerText()
      await page.waitForFunction((length) => document.querySelector('.answer-text').innerText.length > length, early.length)
      assert.equal(await page.locator('.exchange').getAttribute('data-state'), 'answering')
    }))

  test('a long answer says how far it is, and its badge what models read and wrote, also after a reload', () =>
    inBrowser(mock.address, {}, async (page) => {
      await page.getByLabel('Your question').fill(`${QUESTION} long slowly`)
      await page.keyboard.press('Enter')
      const progress = page.locator('.exchange__progress')
      await progress.getByText(/Reading files: [0-3] of 3/).waitFor() // each stands for a moment only
      await progress.getByText('Reading files: 3 of 3').waitFor()
      await page.locator('.exchange[data-state="done"]').waitFor({ timeout: 60_000 })
      assert.equal(await progress.count(), 0)
      for (const again of [false, true]) {
        if (again) await page.reload()
        const badge = page.locator('.answer-badge')
        await badge.locator('summary').click()
        assert.match(await badge.innerText(), /1,200 read, 45 written\s+Cost by the prices of your administrator: 0\.0025/)
      }
    }))

  test('an answer can be stopped, and the box is ready for the next question', () =>
    inBrowser(mock.address, {}, async (page) => {
      await page.getByLabel('Your question').fill(`${QUESTION} slowly`)
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: 'Stop answering' }).click()
      await page.locator('.exchange[data-state="cancelled"]').waitFor()
      assert.match(await page.locator('.exchange').innerText(), /You stopped this answer/)
      assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Your question')
      await page.reload()
      await page.locator('.exchange[data-state="cancelled"]').waitFor()
    }))

  test('an answer under way is taken up again after a reload', () =>
    inBrowser(mock.address, {}, async (page) => {
      await page.getByLabel('Your question').fill(`${QUESTION} slowly`)
      await page.keyboard.press('Enter')
      await page.locator('.exchange[data-state="answering"] .answer-text').waitFor()
      await page.reload()
      await page.locator('.exchange[data-state="done"]').waitFor({ timeout: 30_000 })
      assert.match(await page.locator('.answer-text').innerText(), ANSWER)
    }))

  test('a failure is shown in place, with what to do', () =>
    inBrowser(mock.address, {}, async (page) => {
      await page.getByLabel('Your question').fill('Please fail')
      await page.keyboard.press('Enter')
      const alert = page.locator('.exchange [role="alert"]')
      await alert.waitFor()
      assert.match(await alert.innerText(), /The model does not answer\.[^]*Wait a moment[^]*Try again/)
    }))

  test('a note about the answer is shown with it', () =>
    inBrowser(mock.address, {}, async (page) => {
      const exchange = await ask(page, 'With a note, please')
      assert.match(await exchange.innerText(), /The model was not reached/)
    }))

  test('a file that cannot be written is told in the dialog, which stays for another try', () =>
    inBrowser(mock.address, {}, async (page) => {
      const exchange = await ask(page, QUESTION)
      await exchange.getByRole('button', { name: 'More actions for this answer' }).click()
      await page.getByRole('menuitem', { name: 'Save as a file in Nextcloud' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Folder').fill('/Closed')
      await page.keyboard.press('Enter')
      await dialog.getByText('Nextcloud does not let you do this.').waitFor()
      await dialog.getByLabel('Folder').fill('Letters')
      await page.keyboard.press('Enter')
      await dialog.getByRole('link', { name: '/Letters/Answer.md' }).waitFor()
    }))

  test('conversations can be renamed and deleted', () =>
    inBrowser(mock.address, {}, async (page) => {
      await ask(page, 'A question to be renamed')
      const renamed = await renameConversation(page, 'A question to be renamed', 'Renamed')
      await renamed.hover()
      await renamed.getByRole('button', { name: 'Actions' }).click()
      await page.getByRole('menuitem', { name: 'Delete' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
      await renamed.waitFor({ state: 'detached' })
      assert.match(await page.locator('.chat__log').innerText(), /Ask your files a question/)
    }))

  test('a scope is picked, shown, sent, and still told after a reload', () =>
    inBrowser(mock.address, {}, async (page) => {
      await page.getByRole('button', { name: 'Ask only about some files or folders' }).click()
      await page.getByRole('button', { name: 'Open the folder Letters' }).click()
      await page.getByText('2026', { exact: true }).click()
      assert.deepEqual(await seriousFindings(page), [])
      await page.getByRole('button', { name: 'Ask only about these' }).click()
      await page.locator('.composer__scope', { hasText: '2026' }).waitFor()
      const sent = page.waitForRequest((request) => request.url().endsWith('/chat/turns'))
      await ask(page, QUESTION)
      assert.deepEqual((await sent).postDataJSON().scope, { file_ids: [], folder_ids: [902] })
      await page.reload()
      await page.locator('.composer__scope', { hasText: '2026' }).waitFor()
      const again = page.waitForRequest((request) => request.url().endsWith('/chat/turns'))
      await ask(page, QUESTION)
      assert.deepEqual((await again).postDataJSON().scope, { file_ids: [], folder_ids: [902] })
    }))

  test('the file menu of Nextcloud opens a conversation about what was picked there, and about nothing that is gone', () =>
    inBrowser(`${mock.address}cloud/index.php/apps/app_api/embedded/voiceassist/page?fileIds=100,901,77`, {}, async (page) => {
      await page.locator('.composer__scope', { hasText: 'Warfarin dosing protocol.pdf' }).waitFor()
      await page.locator('.composer__scope', { hasText: 'Letters' }).waitFor()
      await page.getByText('1 of the chosen files cannot be opened and is left out.').waitFor()
      assert.deepEqual(await seriousFindings(page), [])
      const sent = page.waitForRequest((request) => request.url().endsWith('/chat/turns'))
      await ask(page, QUESTION)
      assert.deepEqual((await sent).postDataJSON().scope, { file_ids: [100], folder_ids: [901] })
      assert.equal(new URL(page.url()).search, '')
      await page.getByRole('button', { name: 'New conversation' }).click()
      await page.locator('.composer__scope').waitFor({ state: 'detached' })
    }))

  test('a link of a notification opens the files that failed', () =>
    inBrowser(`${mock.address}#/files?state=failed`, {}, async (page) => {
      await page.locator('tr', { hasText: 'Old scan.pdf' }).waitFor()
      assert.equal(await page.locator('tbody tr').count(), 1)
    }))

  test('a failed file is tried again and its progress is seen', () =>
    inBrowser(`${mock.address}#/files`, {}, async (page) => {
      const row = page.locator('tr', { hasText: 'Old scan.pdf' })
      assert.match(await row.innerText(), /Failed[^]*password-protected/)
      await row.getByRole('button', { name: 'Try Old scan.pdf again' }).click()
      await row.getByText('Being read').waitFor()
      await row.getByText('Indexed').waitFor()
    }))

  test('the page speaks German to a German browser', () =>
    inBrowser(mock.address, { locale: 'de-DE' }, async (page) => {
      await page.getByText('Fragen Sie Ihre Dateien', { exact: true }).waitFor()
      assert.equal(await page.locator('html').getAttribute('lang'), 'de')
      assert.equal(await page.getByRole('button', { name: /Navigation schließen/i }).count(), 1)
    }))

  test('the same script runs inside Nextcloud: below a path, by nonce, through a proxy that holds streams back', () =>
    inBrowser(`${mock.address}cloud/index.php/apps/app_api/embedded/voiceassist/page`, {}, async (page) => {
      const asked = []
      page.on('request', (request) => asked.push(request))
      const exchange = await ask(page, QUESTION)
      assert.match(await exchange.locator('.answer-text').innerText(), ANSWER)
      const started = asked.find((request) => request.method() === 'POST')
      assert.equal(new URL(started.url()).pathname, `${PROXY}/api/v1/chat/turns`)
      assert.equal(started.headers().requesttoken, 'mock-token')
      assert.equal(started.headers()['x-requested-with'], 'voiceassist')
      assert.equal(asked.filter((request) => request.url().includes('/exapps/')).length, 1)
      await renameConversation(page, QUESTION.slice(0, 20), 'Renamed in Nextcloud')
      assert.equal(await page.locator('.voiceassist-header').count(), 0)
    }))

  test('a mail waits, counts down and is stopped, and the next one is sent by itself', () =>
    inBrowser(mock.address, {}, async (page) => {
      const card = (state) => page.locator(`.action-card[data-state="${state}"]`)
      const confirm = async (command) => {
        await ask(page, command)
        await card('proposed').getByRole('button', { name: 'Confirm' }).click()
        await card('waiting').getByText(/^In \d seconds?$/).waitFor()
      }
      await confirm('write a mail')
      await card('waiting').getByRole('button', { name: 'Stop' }).click()
      await card('undone').waitFor()
      await confirm('write a mail again')
      assert.deepEqual(await seriousFindings(page), [])
      await card('done').waitFor()
      assert.equal(await card('undone').count(), 1)
    }))

  for (const colorScheme of ['light', 'dark']) {
    test(`reminders and accounts are used in ${colorScheme}, with what is wrong at its field`, () =>
      inBrowser(`${mock.address}#/reminders`, { colorScheme, viewport: { width: 360, height: 740 } }, async (page) => {
        await page.locator('.reminder').first().waitFor()
        assert.deepEqual(await seriousFindings(page), [])
        assert.equal(await sidewaysScroll(page), 0)
        await page.goto(`${mock.address}#/accounts`)
        await page.getByRole('button', { name: 'Add a mail account' }).click()
        await page.getByLabel('Mail address').fill('anna@clinic.example')
        await page.locator('input[type="password"]').fill('wrong')
        for (const [place, host] of [['IMAP', 'imap.clinic.example'], ['SMTP', 'localhost']]) {
          await page.getByRole('group', { name: place }).getByLabel('Server').fill(host)
        }
        await page.getByRole('button', { name: 'Check' }).click()
        await page.getByRole('group', { name: 'SMTP' }).getByText(/is not the name of a server/).waitFor()
        assert.deepEqual(await seriousFindings(page), [])
        assert.equal(await sidewaysScroll(page), 0)
        await page.getByRole('group', { name: 'SMTP' }).getByLabel('Server').fill('smtp.clinic.example')
        await page.getByRole('button', { name: 'Check' }).click()
        await page.getByText(/does not accept this login/).waitFor()
        await page.locator('input[type="password"]').fill('right')
        await page.getByRole('button', { name: 'Save', exact: true }).click()
        await page.locator('.account-row', { hasText: 'anna@clinic.example' }).last().waitFor()
        await page.locator('.mail-form').waitFor({ state: 'detached' })
      }))
  }

  test('the accessibility check finds what is wrong', () =>
    inBrowser(mock.address, {}, async (page) => {
      await page.evaluate(() => document.querySelector('.chat').append(document.createElement('button')))
      assert.match((await seriousFindings(page)).join(), /^button-name/)
    }))

  for (const width of [320, 390, 640, 900]) {
    test(`nothing scrolls sideways at ${width} px`, () =>
      inBrowser(mock.address, { viewport: { width, height: 700 } }, async (page) => {
        const exchange = await ask(page, QUESTION)
        assert.equal(await sidewaysScroll(page), 0)
        await exchange.locator('.citation').first().click()
        await page.locator('.passage__itself').waitFor()
        assert.equal(await sidewaysScroll(page), 0)
        await page.keyboard.press('Escape')
        for (const place of ['#/search?q=INR', '#/files']) {
          await page.goto(mock.address + place)
          await page.locator(place === '#/files' ? '.files-table' : '.search__results').waitFor()
          assert.equal(await sidewaysScroll(page), 0, place)
        }
      }))
  }
})
