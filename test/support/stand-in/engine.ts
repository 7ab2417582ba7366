import { rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { stringLiteral } from '../../../src/adapters/clickhouse/literals.ts'
import type { StatementRequest } from './request.ts'

type Result = { bytes(): Uint8Array; rowsRead: number; bytesRead: number; elapsed: number }
type Session = {
  queryAsync(sql: string, options?: { format?: string }): Promise<Result>
  close(): void
}

export type Executed = { body: Buffer; rowsRead: number; bytesRead: number; elapsedSeconds: number }

/** chDB in this process: what it refuses is refused with its own words. */
export type Engine = { execute(request: StatementRequest): Promise<Executed> }

// What the HTTP layer of a server knows and the engine does not.
const HTTP_ONLY = new Set(['wait_end_of_query', 'default_format', 'buffer_size', 'role'])

export function openEngine(path: string): Engine {
  const { Session } = createRequire(import.meta.url)('chdb') as {
    Session: new (path: string) => Session
  }
  // Holds the directory while no request does.
  void new Session(path)
  let files = 0
  return {
    async execute({ sql, data, database, parameters, settings }) {
      // A session of its own for each request: over HTTP nothing outlives one.
      const session = new Session(path)
      const run = (statement: string) => session.queryAsync(statement, { format: 'TabSeparated' })
      try {
        if (database !== 'default') await run(`USE \`${database}\``)
        const set = Object.entries(settings)
          .filter(([name]) => !HTTP_ONLY.has(name))
          .map(([name, value]) => `${name} = ${stringLiteral(value)}`)
        if (set.length > 0) await run(`SET ${set.join(', ')}`)
        for (const [name, value] of Object.entries(parameters)) {
          await run(`SET param_${name} = ${stringLiteral(value)}`)
        }
        if (data === undefined) return executed(await run(sql))
        const file = join(path, '..', `stand-in-${++files}.data`)
        try {
          await writeFile(file, data)
          const [, into, format] = /^\s*(INSERT\s+INTO\s[\s\S]*?)\sFORMAT\s+(\w+)\s*$/i.exec(sql)!
          return executed(await run(`${into} FROM INFILE ${stringLiteral(file)} FORMAT ${format}`))
        } finally {
          await rm(file, { force: true })
        }
      } finally {
        session.close()
      }
    },
  }
}

function executed(result: Result): Executed {
  const { rowsRead, bytesRead, elapsed } = result
  return { body: Buffer.from(result.bytes()), rowsRead, bytesRead, elapsedSeconds: elapsed }
}
