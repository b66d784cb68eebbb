/**
 * What the browser tests share: Chromium from Debian, a fresh profile in it for each of them, and a page that fails its
 * test on a script error, on a message of the content security policy and on any request that leaves the product's own
 * address.
 */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after } from 'node:test'

import { chromium } from 'playwright-core'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--no-first-run',
  '--disable-component-update',
  '--disable-sync',
]
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Flags with which Chromium's microphone gives the sound of a WAV file, once, from when it is opened; allowed unasked. */
export function microphoneFrom(file) {
  return [
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-audio-capture=${file}%noloop`,
  ]
}

/** Without flags of their own the scenarios of a file share one Chromium; it is started by the first of them. */
let shared
after(async () => (await shared)?.close())

function launch(flags) {
  return chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...flags] })
}

/**
 * Run `scenario` with a page of its own at `address`. Playwright gives every context a fresh profile. `flags` are
 * Chromium's, which is then started for this scenario alone; `before` runs in the page before its own scripts; `shown` is
 * what there is on it once it is drawn; the rest is Playwright's.
 */
export async function inBrowser(address, { flags = [], before, shown = '#app-navigation-vue', ...options }, scenario) {
  const browser = await (flags.length ? launch(flags) : (shared ??= launch([])))
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB', ...options })
  const troubles = []
  try {
    const page = await context.newPage()
    page.setDefaultTimeout(15_000)
    page.on('pageerror', (error) => troubles.push(`script error: ${error.message}`))
    page.on('console', (message) => {
      if (message.type() === 'error' && /Content Security Policy|Refused to/.test(message.text())) {
        troubles.push(message.text())
      }
    })
    page.on('request', (request) => {
      const url = new URL(request.url())
      if (url.protocol.startsWith('http') && url.origin !== new URL(address).origin) {
        troubles.push(`asked a foreign address: ${request.url()}`)
      }
    })
    if (before) {
      await page.addInitScript(before)
    }
    await page.goto(address)
    await page.locator(shown).waitFor({ state: 'attached' })
    await scenario(page)
    assert.deepEqual(troubles, [])
  } finally {
    await context.close()
    if (flags.length) {
      await browser.close()
    }
  }
}

/** Type a question and wait until its answer is complete. Gives the answer's exchange. */
export async function ask(page, question) {
  await page.getByLabel('Your question').fill(question)
  await page.keyboard.press('Enter')
  const exchange = page.locator('.exchange').last()
  await page.locator('.exchange[data-state="done"]').last().waitFor()
  return exchange
}

/** Serious and critical findings of axe-core on what is shown now, as "rule: where". */
export async function seriousFindings(page) {
  await page.waitForTimeout(400) // a fade still running has colours of its own
  const found = await page.evaluate(async (source) => {
    if (!('axe' in window)) {
      // As a script of DevTools, so that the page's content security policy does not stop it.
      ;(0, eval)(source)
    }
    const { violations } = await window.axe.run()
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`))
  }, AXE)
  return found
}

/** How far (px) the page can be scrolled sideways. */
export function sidewaysScroll(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}
