import { once } from 'node:events'
import { createConnection, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { openDoor } from '../../src/commands/door.ts'
import { serverOptions } from '../../src/http/server-options.ts'

// Longer than whoever is silent may stay, and well within what an answer may take.
const WORK_MS = 1_700

async function opened(workMs = WORK_MS) {
  const app = Fastify(serverOptions())
  const door = openDoor(app)
  const received = Promise.withResolvers<void>()
  app.get('/slow', async () => {
    received.resolve()
    return sleep(workMs, { done: true })
  })
  app.get('/', async () => ({ done: true }))
  await app.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => app.close())
  const { port } = app.server.address() as AddressInfo
  return { door, port, received: received.promise, url: `http://127.0.0.1:${port}` }
}

test('what was received before a stop is answered, however long others are silent', async () => {
  const { door, port, received, url } = await opened()
  const silent = createConnection(port, '127.0.0.1')
  await once(silent, 'connect')
  silent.write('GET / HTTP/1.1\r\nHost: parcours\r\n')
  const gone = new Promise((resolve) => silent.once('close', resolve))
  silent.on('error', () => undefined)
  const answer = fetch(`${url}/slow`)
  await received
  const closed = door.close()
  expect((await answer).status).toBe(200)
  await closed
  await gone
})

test('who comes while a server is leaving is answered, and told not to keep the connection', async () => {
  const { door, url } = await opened()
  expect((await fetch(url)).headers.get('connection')).toBe('keep-alive')
  door.leave()
  const last = await fetch(url)
  expect([last.status, last.headers.get('connection')]).toEqual([200, 'close'])
})
