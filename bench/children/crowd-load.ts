import { createSender } from '../../src/demo/sender.ts'
import { crowdOf } from '../support/crowd.ts'
import { openVisitors } from '../support/visitors.ts'

const BATCH = 50

/** Sends the touchpoints of many people, as fast as they are taken. */
export async function open({
  url,
  writeKey,
  people,
}: {
  url: string
  writeKey: string
  people: number
}) {
  const controller = new AbortController()
  const sender = createSender({
    ...{ url, writeKey, nowMs: Date.now, signal: controller.signal, batchMax: BATCH },
  })
  const visitors = openVisitors('crowd')
  let failure: unknown
  const sending = send().catch((error: unknown) => (failure = error))
  return {
    /** Taken in so far. */
    accepted(): number {
      if (failure !== undefined) throw failure
      return sender.counts.accepted
    },
    async close() {
      controller.abort()
      await sending
    },
  }

  async function send(): Promise<void> {
    for (const sightings of crowdOf(people, BATCH)) {
      if (controller.signal.aborted) return
      for (const touchpoint of visitors.touchpoints(sightings)) await sender.push(touchpoint)
    }
    await sender.flush()
  }
}
