import { setTimeout as sleep } from 'node:timers/promises'
import type { open as openSteadyLoad } from '../children/steady-load.ts'
import type { Bench } from './bench.ts'
import { type Child, openChild } from './child.ts'
import type { Address } from './top-rate.ts'

const LOAD_SHARE = 0.5
// The first answers of a load are those of a machine that was at rest.
const SETTLE_MS = 3_000
// With less, what is measured meanwhile is measured under another load than the one that is named.
const SENT_SHARE_MIN = 0.9

export type HalfLoad = {
  askedPerSecond: number
  /** Ends it. @returns touchpoints a second that were sent since it was under way */
  end(): Promise<number>
}

/** Half of what gets through at most, under way when this resolves. */
export async function openHalfLoad(
  bench: Bench,
  { measure, topPerSecond, seed, ...address }: Address & LoadOf,
): Promise<HalfLoad> {
  const askedPerSecond = Math.ceil(topPerSecond * LOAD_SHARE)
  const input = { ...address, ratePerSecond: askedPerSecond, seed }
  const load: Child<typeof openSteadyLoad> = await openChild('steady-load', input, bench)
  await sleep(SETTLE_MS, undefined, { signal: bench.signal })
  await load.call('sentPerSecond')
  return {
    askedPerSecond,
    async end() {
      const sentPerSecond = await load.call('sentPerSecond')
      await load.close()
      if (sentPerSecond < askedPerSecond * SENT_SHARE_MIN) {
        const sent = Math.round(sentPerSecond)
        bench.note(
          `${measure}: only ${sent} touchpoints a second came of ${askedPerSecond}, half of what gets through at most; its figures are those of a lighter load.`,
        )
      }
      return sentPerSecond
    },
  }
}

type LoadOf = { measure: string; topPerSecond: number; seed: string }
