import { setTimeout as sleep } from 'node:timers/promises'
import { bodyOf, halvesOf, type Batch } from './batches.ts'
import { ImportFailure } from './failure.ts'

/** What the collector answered to one request. */
export type CollectorAnswer = {
  status: number
  retryAfterSeconds: number | undefined
  text(): Promise<string>
}
/** @throws where nobody answers; the same body may be posted again */
export type Post = (body: string) => Promise<CollectorAnswer>

export type Refusal = { position: number; code: string; path: string; message: string }
export type Sent = { accepted: number; rejected: Refusal[] }

export type Patience = {
  /** of one batch that is answered with 503 or 429 */
  busySecondsMax: number
  /** of one batch without any answer */
  silentSecondsMax: number
}
// A collector that is full drains for minutes; a restart takes seconds.
export const PATIENCE: Patience = { busySecondsMax: 900, silentSecondsMax: 30 }
// A collector that names no time gets one; one that names hours is asked again before.
const RETRY_SECONDS = { usual: 1, max: 30 }

/**
 * Posts a batch until it is answered for good. Sending twice is harmless: every touchpoint has an id.
 * @throws ImportFailure where the collector refuses the request itself, or patience ends
 */
export async function sendBatch(
  batch: Batch,
  post: Post,
  { patience, signal, onWait }: { patience: Patience; signal: AbortSignal; onWait: () => void },
): Promise<Sent> {
  let busySeconds = 0
  let silentSeconds = 0
  for (;;) {
    let answer: CollectorAnswer
    try {
      answer = await post(bodyOf(batch))
      silentSeconds = 0
    } catch (error) {
      if (silentSeconds >= patience.silentSecondsMax) throw error
      const seconds = Math.min(silentSeconds === 0 ? RETRY_SECONDS.usual : silentSeconds, 8)
      silentSeconds += seconds
      onWait()
      await sleep(seconds * 1_000, undefined, { signal })
      continue
    }
    if (answer.status === 202) return sentOf(batch, await answer.text())
    if (answer.status === 413 && batch.texts.length > 1) {
      await answer.text()
      const [first, second] = halvesOf(batch)
      const options = { patience, signal, onWait }
      return joined(await sendBatch(first, post, options), await sendBatch(second, post, options))
    }
    if (answer.status === 413) return tooLarge(batch, await answer.text())
    if (answer.status !== 503 && answer.status !== 429) throw await refusalOf(answer)
    await answer.text()
    if (busySeconds >= patience.busySecondsMax) {
      throw new ImportFailure(
        `The collector has been full or down for ${busySeconds} s. Import the file again when it is not: what it has counts once.`,
      )
    }
    const seconds = Math.min(answer.retryAfterSeconds || RETRY_SECONDS.usual, RETRY_SECONDS.max)
    busySeconds += seconds
    onWait()
    await sleep(seconds * 1_000, undefined, { signal })
  }
}

type Answer = {
  accepted: number
  rejected: { index: number; code: string; path: string; message: string }[]
}

function sentOf({ positions }: Batch, text: string): Sent {
  const { accepted, rejected } = JSON.parse(text) as Answer
  return {
    accepted,
    rejected: rejected.map(({ index, code, path, message }) => ({
      position: positions[index]!,
      code,
      path,
      message,
    })),
  }
}

function joined(one: Sent, other: Sent): Sent {
  return {
    accepted: one.accepted + other.accepted,
    rejected: [...one.rejected, ...other.rejected],
  }
}

function tooLarge({ positions }: Batch, message: string): Sent {
  const refusal = { position: positions[0]!, code: 'too-large', path: '', message }
  return { accepted: 0, rejected: [refusal] }
}

async function refusalOf(answer: CollectorAnswer): Promise<ImportFailure> {
  const text = await answer.text()
  const hint =
    answer.status === 401
      ? ' PARCOURS_WRITE_KEY must be the key of the running process; without it the one in the data directory is used.'
      : ''
  return new ImportFailure(
    `The collector refused a batch with ${answer.status}: ${text.slice(0, 500)}${hint}`,
  )
}
