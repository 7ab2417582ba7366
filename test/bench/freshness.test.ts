import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { freshnessOf } from '../../bench/support/freshness.ts'

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function probing(url: string, signal: AbortSignal) {
  return { url, writeKey: 'key', source: 'probe', probes: 20, everyMs: 5, signal }
}

test('each probe is as old as the funnel that counts it first, and no probe is younger than nothing', async () => {
  let taken = 0
  const url = await listen((request, response) => {
    if (request.method === 'POST') {
      taken += 1
      response.statusCode = 202
    }
    request.resume().on('end', () => {
      response.end(JSON.stringify({ stages: [{ reached: taken }] }))
    })
  })
  const samples = await freshnessOf(probing(url, AbortSignal.any([])))
  expect(samples).toHaveLength(20)
  expect(samples).toEqual(samples.toSorted((one, other) => one - other))
  expect(samples[0]).toBeGreaterThanOrEqual(0)
})

// A rejection that nobody waits for yet would end the process: vitest would tell of it here.
test('stopped while probes are on their way, it ends with the reason and nothing else fails', async () => {
  const controller = new AbortController()
  const reason = new Error('stopped')
  let asked = 0
  const url = await listen((request) => {
    // Nobody is answered.
    request.resume()
    if (++asked === 3) controller.abort(reason)
  })
  await expect(freshnessOf(probing(url, controller.signal))).rejects.toThrow(/stopped|aborted/)
  // What else was rejected is told by now.
  await new Promise((resolve) => setImmediate(resolve))
})

test('a probe that is refused is the error, with what was answered', async () => {
  const url = await listen((request, response) => {
    response.statusCode = request.method === 'POST' ? 503 : 200
    request.resume().on('end', () => {
      response.end('{"stages":[{"reached":0}]}')
    })
  })
  const controller = new AbortController()
  await expect(freshnessOf(probing(url, controller.signal))).rejects.toThrow(
    /A probe was answered 503/,
  )
  controller.abort()
})
