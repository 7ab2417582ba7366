import { connect, type Socket } from 'node:net'
import { TOUCHPOINTS_PATH } from '../../ingest/collector.ts'
import { answerReader, type HttpAnswer } from '../support/http-answers.ts'
import { quantileOf } from '../support/statistics.ts'
import { batchesOf, sentTouchpoints } from '../support/touchpoints.ts'
import { usage } from '../support/usage.ts'

export type Load = {
  port: number
  connections: number
  /** It ends with whichever comes first. */
  durationMs: number
  requestsMax: number
}

export type LoadResult = {
  /** taken in, as the answers say, and refused */
  touchpoints: number
  requests: number
  seconds: number
  /** of this process */
  cpuSeconds: number
  p50Ms: number
  p99Ms: number
}

/**
 * Sends prepared requests over kept-alive connections, each the next as soon as it has its answer.
 * Plain sockets: a client of HTTP costs as much as the server that is measured.
 */
export async function open(input: {
  touchpoints: number
  perRequest: number
  writeKey: string
  startMs: number
}) {
  const requests = [...batchesOf(sentTouchpoints(input.touchpoints, input), input.perRequest)].map(
    (batch) => requestOf(batch, input),
  )
  let next = 0
  return {
    async run({ port, connections, durationMs, requestsMax }: Load): Promise<LoadResult> {
      const before = usage().cpuSeconds
      const started = performance.now()
      const latenciesMs: number[] = []
      let touchpoints = 0
      let left = requestsMax
      const take = (): Buffer | undefined => {
        if (performance.now() - started >= durationMs || left-- <= 0) return undefined
        return requests[next++ % requests.length]
      }
      const answered = (answer: HttpAnswer, ms: number): void => {
        touchpoints += touchpointsOf(answer)
        latenciesMs.push(ms)
      }
      await Promise.all(Array.from({ length: connections }, () => drive(port, { take, answered })))
      const seconds = (performance.now() - started) / 1000
      latenciesMs.sort((a, b) => a - b)
      return {
        touchpoints,
        requests: latenciesMs.length,
        seconds,
        cpuSeconds: usage().cpuSeconds - before,
        p50Ms: quantileOf(latenciesMs, 0.5),
        p99Ms: quantileOf(latenciesMs, 0.99),
      }
    },
    bytesPerTouchpoint: () =>
      requests.reduce((sum, { length }) => sum + length, 0) / input.touchpoints,
  }
}

/** One connection, until there is nothing more to take. */
function drive(
  port: number,
  {
    take,
    answered,
  }: {
    take: () => Buffer | undefined
    answered: (answer: HttpAnswer, ms: number) => void
  },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true })
    const read = answerReader()
    let sentAtMs = 0
    const send = (): void => {
      const request = take()
      if (request === undefined) {
        socket.end()
        resolve()
        return
      }
      sentAtMs = performance.now()
      socket.write(request)
    }
    const fail = (error: unknown): void => {
      socket.destroy()
      reject(error)
    }
    socket.once('connect', send)
    socket.on('data', (piece) => {
      try {
        const answer = read(piece)
        if (answer === undefined) return
        answered(answer, performance.now() - sentAtMs)
        send()
      } catch (error) {
        fail(error)
      }
    })
    socket.once('error', fail)
    socket.once('close', () => reject(new Error('The server hung up.')))
  })
}

function touchpointsOf({ status, body }: HttpAnswer): number {
  if (status !== 202) throw new Error(`The server answered ${status}: ${body.slice(0, 300)}`)
  const { accepted, rejected } = JSON.parse(body) as { accepted: number; rejected: unknown[] }
  return accepted + rejected.length
}

function requestOf(
  touchpoints: readonly unknown[],
  { perRequest, writeKey }: { perRequest: number; writeKey: string },
): Buffer {
  const body = JSON.stringify(perRequest === 1 ? touchpoints[0] : { touchpoints })
  const head = [
    `POST ${TOUCHPOINTS_PATH} HTTP/1.1`,
    'host: 127.0.0.1',
    `authorization: Bearer ${writeKey}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}
