import { readFileSync } from 'node:fs'
import { chromium } from 'playwright-core'
const FS = process.env.FS ?? '/tmp/fs1'
const URL = process.env.URL ?? /is ready on (http:\S+)/.exec(readFileSync(FS + '/log.txt', 'utf8'))[1] + '/'
const OUT = '/tmp/shots/'
const [mode='light', width='1280', ...what] = process.argv.slice(2)
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless','--no-sandbox','--disable-gpu'] })
const ctx = await browser.newContext({ viewport: { width: +width, height: 800 }, colorScheme: mode, locale: process.env.LOCALE ?? 'en-GB', timezoneId: 'Europe/Berlin' })
const page = await ctx.newPage()
page.on('pageerror', e => console.log('ERR', e.message))
page.on('console', m => m.type()==='error' && console.log('CONSOLE', m.text()))
await page.goto(URL + (process.env.HASH ?? ''))
await page.waitForTimeout(1500)
let n = 0
const snap = async (name) => { await page.waitForTimeout(400); await page.screenshot({ path: `${OUT}${process.env.NAME ?? 'x'}-${mode}-${width}-${name}.png` }) }
for (const step of what) {
  const [cmd, ...rest] = step.split('=')
  const arg = rest.join('=')
  if (cmd === 'ask') { await page.locator('.composer__box').fill(arg); await page.keyboard.press('Enter'); await page.waitForTimeout(300); await page.waitForFunction(() => !document.querySelector('[aria-busy="true"].exchange__answer'), null, {timeout: 20000}) }
  if (cmd === 'click') await page.getByRole('button', { name: arg }).first().click()
  if (cmd === 'last') await page.getByRole('button', { name: arg }).last().click()
  if (cmd === 'wait') await page.waitForTimeout(+arg)
  if (cmd === 'hash') { await page.goto(URL + arg); await page.waitForTimeout(1200) }
  if (cmd === 'shot') await snap(arg)
  if (cmd === 'eval') console.log(await page.evaluate(arg))
  if (cmd === 'end') await page.evaluate(() => { const b = document.querySelector('.chat__log'); b.scrollTop = b.scrollHeight })
}
await browser.close()
