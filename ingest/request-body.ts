import type { IncomingMessage } from 'node:http'
import { badRequest } from '../src/http/problem.ts'
import { bodyTooLarge } from './content-encoding.ts'

// A client reads our answer only after it has written all: up to here what is too large is thrown
// away as it comes, so that the answer is not lost with a connection that we cut.
const DISCARDED_BYTES_MAX = 8 * 1024 * 1024

/**
 * The whole body as it was sent, at most `bytesMax` of it.
 * @param hold told of the bytes of every chunk before it is kept; may throw to refuse it
 * @throws HttpProblem 413, or 400 where the sender hangs up
 */
export function readBody(
  request: IncomingMessage,
  { bytesMax, hold }: { bytesMax: number; hold: (bytes: number) => void },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    let refusal: unknown

    const stop = (): void => {
      request.off('data', take).off('end', end).off('error', abort).off('close', abort)
    }
    const refuse = (reason: unknown): void => {
      refusal ??= reason
      chunks.length = 0
    }
    const take = (chunk: Buffer): void => {
      bytes += chunk.length
      if (bytes > bytesMax) refuse(bodyTooLarge(bytesMax))
      if (refusal === undefined) {
        try {
          hold(chunk.length)
          chunks.push(chunk)
        } catch (reason) {
          refuse(reason)
        }
      } else if (bytes > DISCARDED_BYTES_MAX) {
        stop()
        reject(bodyTooLarge(bytesMax, { hangUp: true }))
      }
    }
    const end = (): void => {
      stop()
      if (refusal === undefined) resolve(Buffer.concat(chunks, bytes))
      else reject(refusal)
    }
    const abort = (): void => {
      stop()
      reject(badRequest('body-cut-short', 'The connection ended before the body did.'))
    }

    if (Number(request.headers['content-length']) > DISCARDED_BYTES_MAX) {
      reject(bodyTooLarge(bytesMax, { hangUp: true }))
      return
    }
    request.on('data', take).on('end', end).on('error', abort).on('close', abort)
  })
}
