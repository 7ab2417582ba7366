import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { cannotTrace, isFlush, systemCallsOf } from '../../support/system-calls.ts'

const reason = cannotTrace()
if (reason !== undefined) console.log(`Durability is not traced: ${reason}`)

const PAYLOAD = 'the-payload-of-a-touchpoint'

it.skipIf(reason !== undefined)(
  'an append is acknowledged after the data, and then the header that names it, were flushed',
  { timeout: 300_000 },
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'parcours-durable-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const program = fileURLToPath(new URL('append-once.ts', import.meta.url))
    const { calls } = await systemCallsOf([process.execPath, program, directory, PAYLOAD], {
      textBytes: 16_384,
    })

    const file = join(directory, 'store.mdb')
    const acknowledged = calls.find(({ text }) => text.includes('acknowledged'))!
    const data = calls.find((call) => call.file === file && call.text.includes(PAYLOAD))!
    const flush = calls.find(
      (call) => call.file === file && isFlush(call) && call.began > data.ended,
    )!
    // The header is written through a descriptor whose writes wait for the disk.
    const { result: descriptor } = calls.find(
      ({ name, text }) => name === 'openat' && text.includes(file) && text.includes('O_DSYNC'),
    )!
    const header = calls.find(
      ({ text, began }) => text.startsWith(`${descriptor}<`) && began > flush.ended,
    )!

    expect(data.result).toBeGreaterThan(PAYLOAD.length)
    expect(header.result).toBeGreaterThan(0)
    expect(header.ended).toBeLessThan(acknowledged.began)
  },
)
