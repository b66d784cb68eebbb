/** Renews a session's access, once at a time: a refresh token that comes a second time ends its session. */

/** In the browser's store, for the other tabs: when access was renewed last. Also the name of the lock. */
const KEPT_AS = 'voiceassist-renewed'

export class Renewal {
  private running: Promise<boolean> | null = null
  private renewedAt = 0

  /** `ask` sends the request, and says whether the session goes on. It raises what does not say so. */
  constructor(private readonly ask: () => Promise<boolean>) {}

  /**
   * Renew, unless it was done after `since` (ms), by this tab or another. Gives whether the session goes on; raises
   * `ApiError` when the server did not say.
   */
  renew(since: number): Promise<boolean> {
    this.running ??= this.alone(since).finally(() => {
      this.running = null
    })
    return this.running
  }

  /** No other tab renews meanwhile, where the browser can see to that. */
  private async alone(since: number): Promise<boolean> {
    const once = async (): Promise<boolean> => {
      if (this.lastRenewed() > since) {
        return true
      }
      const goesOn = await this.ask()
      if (goesOn) {
        this.keep(Date.now())
      }
      return goesOn
    }
    // Only on pages by https and on this machine.
    const locks = navigator.locks as LockManager | null | undefined
    return locks ? await locks.request(KEPT_AS, once) : once()
  }

  private lastRenewed(): number {
    try {
      return Math.max(this.renewedAt, Number(localStorage.getItem(KEPT_AS) ?? 0))
    } catch {
      return this.renewedAt // the browser keeps nothing
    }
  }

  private keep(moment: number): void {
    this.renewedAt = moment
    try {
      localStorage.setItem(KEPT_AS, `${moment}`)
    } catch {
      // Then the other tabs renew for themselves.
    }
  }
}
