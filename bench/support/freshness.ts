import { setTimeout as sleep } from 'node:timers/promises'
import { TOUCHPOINTS_PATH } from '../../ingest/collector.ts'

// An answer costs what some hundred touchpoints cost; asking all the time would be the larger load.
const LOOK_EVERY_MS = 150
// Past this something stands still, and waiting longer tells nothing more.
const SEEN_WITHIN_MS_MAX = 60_000

export type Probing = {
  url: string
  writeKey: string
  /** sets these probes apart from all other traffic */
  source: string
  probes: number
  everyMs: number
  signal: AbortSignal
}

/**
 * Milliseconds from each probe's 202 to the funnel that counts it. A probe is a visit of its own;
 * the funnel tells how many are counted, so the first that is counted is taken for the first that
 * was answered, and so on.
 * @returns ascending
 */
export async function freshnessOf(probing: Probing): Promise<number[]> {
  const answeredAtMs: number[] = []
  const seenAtMs: number[] = []
  await Promise.all([watch(probing, seenAtMs), sendAll(probing, answeredAtMs)])
  return seenAtMs
    .map((atMs, probe) => Math.max(0, atMs - answeredAtMs[probe]!))
    .sort((one, other) => one - other)
}

async function sendAll(probing: Probing, answeredAtMs: number[]): Promise<void> {
  const { probes, everyMs, signal } = probing
  const sending: Promise<unknown>[] = []
  for (let probe = 0; probe < probes; probe++) {
    const one = send(probing, probe).then((atMs) => answeredAtMs.push(atMs))
    // It is told when all are waited for; until then a failure would end the process.
    one.catch(() => undefined)
    sending.push(one)
    await sleep(everyMs, undefined, { signal })
  }
  await Promise.all(sending)
}

async function send({ url, writeKey, source, signal }: Probing, probe: number): Promise<number> {
  const response = await fetch(`${url}${TOUCHPOINTS_PATH}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${writeKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      type: 'page_view',
      anonymousId: `${source}-${probe}`,
      campaign: { source },
    }),
    signal,
  })
  const answeredAtMs = performance.now()
  const text = await response.text()
  if (response.status !== 202) throw new Error(`A probe was answered ${response.status}: ${text}`)
  return answeredAtMs
}

async function watch(
  { url, source, probes, everyMs, signal }: Probing,
  seenAtMs: number[],
): Promise<void> {
  const deadlineMs = performance.now() + probes * everyMs + SEEN_WITHIN_MS_MAX
  while (seenAtMs.length < probes) {
    const counted = await countOf(`${url}/api/funnel?source=${source}`, signal)
    const nowMs = performance.now()
    while (seenAtMs.length < counted) seenAtMs.push(nowMs)
    if (nowMs > deadlineMs) {
      throw new Error(
        `The funnel shows ${counted} of ${probes} probes ${SEEN_WITHIN_MS_MAX / 1000} s after the last: ` +
          'half of what got through before is too much now, as where something else took the cores. Run it again when nothing else is at work.',
      )
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal })
  }
}

async function countOf(url: string, signal: AbortSignal): Promise<number> {
  const response = await fetch(url, { signal })
  const text = await response.text()
  if (!response.ok) throw new Error(`The funnel was answered ${response.status}: ${text}`)
  const { stages } = JSON.parse(text) as { stages: { reached: number }[] }
  return stages[0]!.reached
}
