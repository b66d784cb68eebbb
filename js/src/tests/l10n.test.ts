import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { setLanguage, unregister } from '@nextcloud/l10n'
import { afterEach, describe, expect, test } from 'vitest'

import { n, registerTranslations, t } from '../l10n'
import { german } from '../l10n/de'

const SOURCE = join(import.meta.dirname, '..')
const CALL = /\b[tn]\(\s*'voiceassist',\s*'([^']+)'(?:,\s*'([^']+)')?/g

/** The keys of all texts in the source, as the registry names them. */
function keysInSource(): Set<string> {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  const keys = files
    .filter((name) => /\.(vue|ts)$/.test(name) && !name.startsWith('tests'))
    .flatMap((name) => [...readFileSync(join(SOURCE, name), 'utf8').matchAll(CALL)])
    .map(([, one, many]) => (many === undefined ? (one ?? '') : `_${one}_::_${many}_`))
  return new Set(keys)
}

const placeholders = (text: string): string[] => (text.match(/\{\w+\}|%n/g) ?? []).sort()

describe('the German translation', () => {
  afterEach(() => {
    unregister('voiceassist')
    setLanguage('en')
  })

  test('has every text of the source and no other', () => {
    expect(Object.keys(german).sort()).toEqual([...keysInSource()].sort())
  })

  test('keeps the placeholders of every text', () => {
    for (const [key, translated] of Object.entries(german)) {
      for (const form of [translated].flat()) {
        expect(placeholders(form), key).toEqual(placeholders(key.split('_::_')[0] ?? ''))
      }
    }
  })

  test.each(['de', 'de-AT'])('is used where the page is in %s', (language) => {
    setLanguage(language)
    registerTranslations()
    expect(t('voiceassist', 'Page {page}', { page: 3 })).toBe('Seite 3')
    expect(n('voiceassist', '%n file', '%n files', 1)).toBe('1 Datei')
    expect(n('voiceassist', '%n file', '%n files', 2)).toBe('2 Dateien')
  })

  test('is not used elsewhere, and nothing is escaped twice', () => {
    registerTranslations()
    expect(t('voiceassist', 'Section: {section}', { section: 'A & B <i>' })).toBe('Section: A & B <i>')
  })
})
