import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../src/demo/random.ts'
import { differing } from './hostile-traffic.ts'
import { WRITE_KEY } from './real-process.ts'
import type { Item, Shadow } from './shadow.ts'

export type SenderOptions = {
  /** where the collector listens now; undefined while nobody does */
  address: () => string | undefined
  items: Iterator<Item>
  shadow: Shadow
  random: Random
  /** No new batch after it; the last one still gets its 202. */
  done: AbortSignal
  /** Not even that. */
  givenUp: AbortSignal
  /** between two batches */
  pauseMs: number
  /** every answer, by its status; 0 is none */
  answers: Map<number, number>
}

const BATCH_MAX = 12
// How often a batch is said otherwise when it is sent again, and sent again though it was accepted.
const DIFFERING_SHARE = 0.3
const REPEATED_SHARE = 0.05
const ANSWER_TIMEOUT_MS = 15_000
const AGAIN_MS = [5, 80] as const

/**
 * Sends batches, each again and again until its 202, now and then with other words under the same
 * id; writes into the shadow what was sent before it is, and what was promised after it was.
 */
export async function sendAndResend(options: SenderOptions): Promise<void> {
  const { items, shadow, random, done, givenUp, pauseMs } = options
  while (!done.aborted) {
    let batch = Array.from({ length: random.int(1, BATCH_MAX) }, () => items.next().value as Item)
    for (let isAccepted = false; !isAccepted && !givenUp.aborted;) {
      for (const { mark, raw } of batch) shadow.sent.set(mark, raw)
      const answer = await post(batch, options)
      if (answer === undefined) {
        await sleep(random.int(...AGAIN_MS))
        if (random.chance(DIFFERING_SHARE)) batch = batch.with(...changed(batch))
        continue
      }
      const rejected = new Set(answer.rejected.map(({ index }) => index))
      for (const [index, { mark }] of batch.entries()) {
        if (rejected.has(index)) shadow.rejected.add(mark)
        else shadow.accepted.add(mark)
      }
      isAccepted = !random.chance(REPEATED_SHARE)
    }
    await sleep(pauseMs, undefined, { signal: done }).catch(() => undefined)
  }

  function changed(batch: readonly Item[]): [index: number, item: Item] {
    const index = random.int(0, batch.length - 1)
    // Another sender may hold the same item: the marks of their copies must differ, too.
    const mark = `${batch[index]!.mark}-${random.uuid()}`
    return [index, differing(batch[index]!, mark, random)]
  }
}

type Answer = { accepted: number; rejected: { index: number }[] }

/** @returns undefined where nobody knows whether it arrived, or it was not to */
async function post(
  batch: readonly Item[],
  { address, answers }: SenderOptions,
): Promise<Answer | undefined> {
  const url = address()
  if (url === undefined) return undefined
  let response: Response
  let text: string
  try {
    response = await fetch(`${url}/v1/touchpoints`, {
      method: 'POST',
      headers: { authorization: `Bearer ${WRITE_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ touchpoints: batch.map(({ raw }) => raw) }),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    })
    text = await response.text()
  } catch {
    answers.set(0, (answers.get(0) ?? 0) + 1)
    return undefined
  }
  const { status } = response
  answers.set(status, (answers.get(status) ?? 0) + 1)
  if (status === 202) return JSON.parse(text) as Answer
  if (status === 503) return undefined
  throw new Error(`${url} answered ${status}: ${text}`)
}
