import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { WRITE_KEY } from './real-process.ts'

// As load balancers ask, only a little more often than they do.
const CHECK_MS = 500

export type Balancer = {
  /** Where a collector is from now on; it is used once it says that it is well. */
  place(name: string, url: string): void
  /** what was answered otherwise than 202, or not at all */
  failures: readonly string[]
  /** ids that were answered with 202 */
  accepted: ReadonlySet<string>
  stop(): Promise<void>
}

/**
 * Sends touchpoints as through a load balancer that looks at `/api/health`: each request goes once,
 * to the next of those that were well when last asked.
 */
export function startBalancer({
  senders,
  pauseMs,
}: {
  senders: number
  pauseMs: number
}): Balancer {
  const places = new Map<string, string>()
  const well = new Set<string>()
  const failures: string[] = []
  const accepted = new Set<string>()
  const done = new AbortController()
  onTestFinished(() => done.abort())
  let count = 0

  async function check(): Promise<void> {
    while (!done.signal.aborted) {
      await Promise.all(
        [...places].map(async ([name, url]) => {
          const { ok } = await fetch(`${url}/api/health`).catch(() => ({ ok: false }))
          if (ok && places.get(name) === url) well.add(name)
          else well.delete(name)
        }),
      )
      await sleep(CHECK_MS)
    }
  }

  async function send(): Promise<void> {
    while (!done.signal.aborted) {
      const names = [...well]
      count += 1
      const name = names[count % names.length]
      if (name === undefined) {
        await sleep(pauseMs)
        continue
      }
      await sendTo(name, `touchpoint-${count}`)
      await sleep(pauseMs)
    }
  }

  async function sendTo(name: string, id: string): Promise<void> {
    try {
      const response = await fetch(`${places.get(name)}/v1/touchpoints`, {
        method: 'POST',
        headers: { authorization: `Bearer ${WRITE_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({ id, type: 'page_view', anonymousId: id, page: { path: '/' } }),
      })
      const text = await response.text()
      if (response.status === 202) accepted.add(id)
      else failures.push(`${name} answered ${response.status}: ${text}`)
    } catch (error) {
      failures.push(`${name}: ${String((error as Error).cause ?? error)}`)
    }
  }

  const work = Promise.all([check(), ...Array.from({ length: senders }, send)])
  return {
    failures,
    accepted,
    place(name, url) {
      well.delete(name)
      places.set(name, url)
    },
    async stop() {
      done.abort()
      await work
    },
  }
}
