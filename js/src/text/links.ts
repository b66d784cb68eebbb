/** Addresses that come with answers and files. */

/** `link` when a browser may follow it safely, else null: a file's data must not smuggle in `javascript:`. */
export function safeLink(link: string | null | undefined): string | null {
  if (!link) {
    return null
  }
  try {
    const { protocol } = new URL(link, window.location.href)
    return protocol === 'https:' || protocol === 'http:' ? link : null
  } catch {
    return null
  }
}

/** The address of a PDF at one of its pages (RFC 8118, section 3). */
export function atPage(address: string, page: number | null): string {
  return page === null ? address : `${address}#page=${page}`
}
