import { setTimeout as sleep } from 'node:timers/promises'
import { anonymousMemoryMiB } from './memory.ts'
import { summaryOf } from './statistics.ts'

/** MiB of a process while it works a backlog off. */
export type MemoryCourse = {
  /** medians, so that the moment of a collection decides nothing */
  afterFirstTenth: number
  inLastTenth: number
  peak: number
}

const LOOK_EVERY_MS = 250

/**
 * Watches processes until the work is done.
 * @param shareDone of the work, from 0 to 1; where it is 1 that is the end
 * @returns in the order of `pids`
 */
export async function watchMemory({
  pids,
  shareDone,
  signal,
}: {
  pids: readonly number[]
  shareDone: () => Promise<number>
  signal: AbortSignal
}): Promise<MemoryCourse[]> {
  const samples: { share: number; mib: number[] }[] = []
  for (;;) {
    const share = await shareDone()
    if (share >= 1) break
    samples.push({ share, mib: pids.map((pid) => anonymousMemoryMiB(pid) ?? Number.NaN) })
    await sleep(LOOK_EVERY_MS, undefined, { signal })
  }
  return pids.map((_, index) => {
    const between = (from: number, to: number) =>
      summaryOf(
        samples.filter(({ share }) => share >= from && share < to).map(({ mib }) => mib[index]!),
      ).median
    return {
      afterFirstTenth: between(0.1, 0.2),
      inLastTenth: between(0.9, 1),
      peak: Math.max(...samples.map(({ mib }) => mib[index]!)),
    }
  })
}

/** Touchpoints that no step has read yet, as the metrics of a process say. */
export async function unreadTouchpoints(url: string, signal: AbortSignal): Promise<number> {
  const text = await (await fetch(`${url}/metrics`, { signal })).text()
  const lags = [...text.matchAll(/^parcours_lag_records\{step="attribute",[^}]*\} (\d+)$/gm)]
  if (lags.length === 0) throw new Error(`${url}/metrics says nothing of the step attribute.`)
  return lags.reduce((sum, [, records]) => sum + Number(records), 0)
}
