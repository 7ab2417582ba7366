import { createReadStream } from 'node:fs'
import { parse } from 'csv-parse'
import { usage } from '../support/usage.ts'

/** Reads a file and parses it, with the parser and the options that `parcours import` has. */
export async function open() {
  return {
    async parse(path: string): Promise<{ seconds: number; cpuSeconds: number; rows: number }> {
      const before = usage().cpuSeconds
      const startedMs = performance.now()
      const options = { bom: true, relax_column_count: true, relax_quotes: true }
      const parser = createReadStream(path).pipe(parse({ ...options, skip_empty_lines: true }))
      // The first is the header.
      let rows = -1
      for await (const cells of parser) if (Array.isArray(cells)) rows += 1
      const seconds = (performance.now() - startedMs) / 1000
      return { seconds, cpuSeconds: usage().cpuSeconds - before, rows }
    },
  }
}
