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
  // Nextcloud's link to the voice page says in which language its user reads.
  const asked = new URLSearchParams(window.location.search).get('lang')
  const wanted = [...(asked === null ? [] : [asked]), ...navigator.languages].map((language) => language.split(/[-_]/)[0] ?? '')
  page.lang = wanted.find((language) => SPOKEN.includes(language)) ?? 'en'
  page.dataset.locale = navigator.language.replace('-', '_')
  window._oc_webroot = ''
}

export {}
