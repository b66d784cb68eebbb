/** Every test starts without translations, at a known address. */
import { afterEach } from 'vitest'

afterEach(() => {
  window.location.hash = ''
  document.body.innerHTML = ''
})
