/** Copying, also where the browser's clipboard is closed: it is open to pages by https and on this machine only. */

export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    return
  } catch {
    // The old way needs a selection.
  }
  const box = document.createElement('textarea')
  box.value = text
  box.setAttribute('readonly', '')
  box.style.position = 'fixed'
  box.style.opacity = '0'
  const focused = document.activeElement
  document.body.append(box)
  box.select()
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way over plain http
  const copied = document.execCommand('copy')
  box.remove()
  if (focused instanceof HTMLElement) {
    focused.focus()
  }
  if (!copied) {
    throw new Error('The browser does not let us copy.')
  }
}
