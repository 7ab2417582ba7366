import { postBatch, type CollectorAnswer, type PostOptions } from './post-batch.ts'

export type SenderOptions = Pick<PostOptions, 'url' | 'writeKey' | 'nowMs' | 'signal'> & {
  /** touchpoints, 50 unless said */
  batchMax?: number
  /** batches, 4 unless said */
  inFlightMax?: number
  /** Every so manieth batch is compressed; 0, as by default: none. So for the two below. */
  gzipEvery?: number
  beaconEvery?: number
  /** Sent once more after its 202, as if the answer had been lost on its way. */
  repeatEvery?: number
  /** Called after the 202 of a batch; not after that of its repetition. */
  onAnswer?: (answer: CollectorAnswer, touchpoints: readonly unknown[]) => void
}

export type SenderCounts = {
  /** touchpoints, each once however often it was sent again */
  sent: number
  accepted: number
  rejected: number
  rejectedByCode: Record<string, number>
  batches: number
  /** attempts made because there was no 202 */
  resends: number
  /** batches sent again although there was one */
  repeats: number
}

export type Sender = {
  /** Takes a touchpoint; resolves when there is room for another. */
  push(touchpoint: unknown): Promise<void>
  /** Sends what waits for its batch to fill; resolves when there is room for another. */
  release(): Promise<void>
  /** Resolves when all that was taken has its 202, or was given up by the signal. */
  flush(): Promise<void>
  readonly counts: SenderCounts
}

/**
 * Sends batches as a careful shop does: several at a time, each again and again until its 202.
 * Once a batch was refused as such, every method rejects with the RefusedError.
 */
export function createSender(options: SenderOptions): Sender {
  const {
    batchMax = 50,
    inFlightMax = 4,
    gzipEvery = 0,
    beaconEvery = 0,
    repeatEvery = 0,
  } = options
  const counts: SenderCounts = {
    sent: 0,
    accepted: 0,
    rejected: 0,
    rejectedByCode: {},
    batches: 0,
    resends: 0,
    repeats: 0,
  }
  const inFlight = new Set<Promise<void>>()
  let waiting: unknown[] = []
  let failure: { error: unknown } | undefined

  const deliver = async (touchpoints: readonly unknown[], batch: number) => {
    const post: PostOptions = {
      ...options,
      as: isTurn(batch, beaconEvery) ? 'beacon' : isTurn(batch, gzipEvery) ? 'gzip' : 'json',
      onResend: () => (counts.resends += 1),
    }
    const answer = await postBatch(touchpoints, post)
    if (answer === undefined) return
    counts.accepted += answer.accepted
    counts.rejected += answer.rejected.length
    for (const { code } of answer.rejected) {
      counts.rejectedByCode[code] = (counts.rejectedByCode[code] ?? 0) + 1
    }
    options.onAnswer?.(answer, touchpoints)
    if (!isTurn(batch, repeatEvery)) return
    counts.repeats += 1
    await postBatch(touchpoints, post)
  }

  const release = async () => {
    while (inFlight.size >= inFlightMax) await Promise.race(inFlight)
    if (failure !== undefined) throw failure.error
    // Whoever else waited for room may have taken them.
    if (waiting.length === 0) return
    const touchpoints = waiting.slice(0, batchMax)
    waiting = waiting.slice(batchMax)
    counts.sent += touchpoints.length
    const delivery = deliver(touchpoints, ++counts.batches)
      .catch((error: unknown) => {
        failure ??= { error }
      })
      .finally(() => inFlight.delete(delivery))
    inFlight.add(delivery)
  }

  return {
    counts,
    release,
    async push(touchpoint) {
      waiting.push(touchpoint)
      if (waiting.length >= batchMax) await release()
    },
    async flush() {
      while (waiting.length > 0) await release()
      await Promise.all(inFlight)
      if (failure !== undefined) throw failure.error
    },
  }
}

function isTurn(batch: number, every: number): boolean {
  return every > 0 && batch % every === 0
}
