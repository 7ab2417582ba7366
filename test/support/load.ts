import { onTestFinished } from 'vitest'
import { randomFrom } from '../../src/demo/random.ts'
import { readFunnels, type Readings } from './funnel-reader.ts'
import { hostileTraffic, TRAFFIC_DAYS } from './hostile-traffic.ts'
import { sendAndResend } from './resending-sender.ts'
import { newShadow, type Shadow } from './shadow.ts'

const DAY_MS = 86_400_000

export type Load = {
  shadow: Shadow
  /** how often each status was the answer; 0 is none at all */
  answers: ReadonlyMap<number, number>
  /** what the reader has seen so far */
  readings: Readings
  /** Where to send and to read from now on; undefined while nobody listens. */
  moveTo(url: string | undefined): void
  /** The same where those are two. */
  point(to: { sendTo: string | undefined; readFrom: string | undefined }): void
  /** Resolves when every batch under way has its 202. */
  stopSending(): Promise<void>
  stopReading(): Promise<Readings>
}

/** Several senders of hostile traffic and one reader, until they are told to stop. */
export function startLoad({
  seed,
  senders = 4,
  pauseMs = 60,
  mayBeUnavailable = false,
}: {
  seed: number
  senders?: number
  /** of each sender, between two batches */
  pauseMs?: number
  /** Readers may be told to try again later, as while a server is down. */
  mayBeUnavailable?: boolean
}): Load {
  const startMs = Date.now()
  const random = randomFrom(`load/${seed}`)
  const items = hostileTraffic(seed, startMs)
  const shadow = newShadow()
  const answers = new Map<number, number>()
  const [sent, read, givenUp] = [0, 1, 2].map(() => new AbortController()) as [
    AbortController,
    AbortController,
    AbortController,
  ]
  onTestFinished(() => [sent, read, givenUp].forEach((one) => one.abort()))
  let url: string | undefined
  let readUrl: string | undefined
  const address = () => url

  const sending = Promise.all(
    Array.from({ length: senders }, (_, index) =>
      sendAndResend({
        address,
        items,
        shadow,
        random: random.fork(`sender/${index}`),
        done: sent.signal,
        givenUp: givenUp.signal,
        pauseMs,
        answers,
      }),
    ),
  )
  const readings: Readings = { answers: 0, stages: new Map(), wrong: [] }
  const reading = readFunnels({
    readings,
    address: () => readUrl,
    random: random.fork('reader'),
    done: read.signal,
    mayBeUnavailable,
    from: day(startMs - TRAFFIC_DAYS * DAY_MS),
    to: day(startMs + DAY_MS),
  })
  // A failure is told where it is awaited; until then it must not end the run.
  sending.catch(() => undefined)
  reading.catch(() => undefined)
  return {
    shadow,
    answers,
    readings,
    moveTo(to) {
      url = to
      readUrl = to
    },
    point({ sendTo, readFrom }) {
      url = sendTo
      readUrl = readFrom
    },
    async stopSending() {
      sent.abort()
      await sending
    },
    stopReading() {
      read.abort()
      return reading
    },
  }
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
