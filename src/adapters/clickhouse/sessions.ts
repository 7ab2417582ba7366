import { WarehouseError } from '../../ports/warehouse.ts'

/** Runs tasks on a few sessions, one at a time on each, in the order they came. */
export type Sessions<Session> = {
  run<T>(task: (session: Session) => Promise<T>): Promise<T>
  /** Resolves when nothing runs and nothing waits, or after `timeoutMs`; whether it is idle. */
  idle(timeoutMs: number): Promise<boolean>
}

// More waiting than this are not answered in time anyway; each holds a request open.
const WAITING_MAX = 200

/** @param where for the sentence that refuses one more */
export function sessionsOf<Session>(all: readonly Session[], where: string): Sessions<Session> {
  const free = [...all]
  const waiting: ((session: Session) => void)[] = []
  const whenIdle = new Set<() => void>()

  return {
    async run(task) {
      const session = await take()
      try {
        return await task(session)
      } finally {
        give(session)
      }
    },
    async idle(timeoutMs) {
      if (isIdle()) return true
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer)
          whenIdle.delete(done)
          resolve(isIdle())
        }
        const timer = setTimeout(done, timeoutMs)
        whenIdle.add(done)
      })
    },
  }

  function take(): Promise<Session> | Session {
    const session = free.pop()
    if (session !== undefined) return session
    if (waiting.length >= WAITING_MAX) {
      throw new WarehouseError(
        'busy',
        `${WAITING_MAX} queries wait for ${where} already. Try again in a moment, or ask for shorter ` +
          'periods.',
      )
    }
    return new Promise((resolve) => waiting.push(resolve))
  }

  function give(session: Session): void {
    const next = waiting.shift()
    if (next) return next(session)
    free.push(session)
    if (isIdle()) whenIdle.forEach((tell) => tell())
  }

  function isIdle(): boolean {
    return free.length === all.length
  }
}
