/**
 * Imported before everything else: Nextcloud's libraries read the page's language and web root while they load, and on
 * our own page no server has written them down.
 */

const SPOKEN = ['en', 'de']

declare global {
  interface Window {
    _oc_webroot?: string
  }
}

const page = document.documentElement
if (page.dataset.voiceassist === 'standalone') {
  const wanted = navigator.languages.map((language) => language.split('-')[0] ?? '')
  page.lang = wanted.find((language) => SPOKEN.includes(language)) ?? 'en'
  page.dataset.locale = navigator.language.replace('-', '_')
  window._oc_webroot = ''
}

export {}
