import { readFileSync } from 'node:fs'
import { networkClient } from '../../src/commands/api-client.ts'
import { importRows } from '../../src/import/import-rows.ts'
import { readMapping } from '../../src/import/mapping.ts'
import { openRows } from '../../src/import/open-rows.ts'
import { rowMapper } from '../../src/import/row-mapper.ts'
import { PATIENCE, sendBatch } from '../../src/import/send-batch.ts'
import { writeShopFile } from '../support/shop-file.ts'
import { usage } from '../support/usage.ts'

const MAPPING = new URL('../../docs/examples/rees46-mapping.json', import.meta.url)

/** What `parcours import` does where a process runs, in a process of its own as there. */
export async function open({ url, writeKey }: { url: string; writeKey: string }) {
  const reading = readMapping(JSON.parse(readFileSync(MAPPING, 'utf8')))
  if (reading.kind !== 'valid') throw new Error(reading.problems.join(' '))
  const { mapping } = reading
  const client = networkClient(url, { readToken: undefined, writeKey })
  const { signal } = new AbortController()
  return {
    write: ({ path, ...options }: { path: string } & Parameters<typeof writeShopFile>[1]) =>
      writeShopFile(path, options),
    /** From the opening of the file until the last row is answered. */
    async import(path: string): Promise<{ seconds: number; cpuSeconds: number; rows: number }> {
      const before = usage().cpuSeconds
      const startedMs = performance.now()
      const { rows, columns } = await openRows(path, mapping, { stdin: process.stdin, signal })
      const ready = rowMapper(mapping, columns)
      if (ready.kind !== 'ready') throw new Error('The mapping names columns that are not there.')
      const { summary, failure } = await importRows(rows, ready.mapper, {
        signal,
        onRow: () => undefined,
        send: (batch) =>
          sendBatch(
            batch,
            (body) =>
              client.request({ method: 'POST', path: '/v1/touchpoints', as: 'writer', body }),
            { patience: PATIENCE, signal, onWait: () => undefined },
          ),
      })
      const seconds = (performance.now() - startedMs) / 1000
      if (failure !== undefined) throw failure
      return { seconds, cpuSeconds: usage().cpuSeconds - before, rows: summary.accepted }
    },
  }
}
