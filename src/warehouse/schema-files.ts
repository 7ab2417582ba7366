import { hash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Deployment, localName, onCluster } from '../ports/deployment.ts'
import { distributed } from './cluster.ts'

/** One file of `schema/`: one statement, with substitutions. */
export type SchemaFile = { number: number; name: string; text: string; checksum: string }

export const SCHEMA_DIRECTORY = fileURLToPath(new URL('../../schema/', import.meta.url))

/** @throws Error where a number is missing, used twice or a name is odd */
export async function readSchemaFiles(directory: string = SCHEMA_DIRECTORY): Promise<SchemaFile[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name, index) => {
      const number = Number(/^(\d{4})_[a-z0-9_]+\.sql$/.exec(name)?.[1])
      if (number !== index + 1) {
        const expected = String(index + 1).padStart(4, '0')
        throw new Error(`${directory}/${name}: expected ${expected}_some_name.sql, without a gap.`)
      }
      const text = await readFile(`${directory}/${name}`, 'utf8')
      return { number, name, text, checksum: hash('sha256', text, 'hex').slice(0, 16) }
    }),
  )
}

/**
 * The statements of a file for a deployment, in order. `{{engine:E}}` is the engine, replicated on a
 * cluster; `{{on_cluster}}` runs it on every node. A table of a cluster is local to a shard, and what
 * has its name is a Distributed table in front of it.
 * @throws Error for an unknown substitution
 */
export function statementsOf({ name, text }: SchemaFile, deployment: Deployment): string[] {
  const filled = text.replaceAll(
    /\{\{(\w+)(?::([^}]*))?\}\}/g,
    (whole, key: string, value?: string) => {
      if (key === 'on_cluster') return onCluster(deployment)
      if (key === 'engine' && value !== undefined) {
        return deployment.kind === 'cluster' ? `Replicated${value}` : value
      }
      throw new Error(`schema/${name}: unknown substitution ${whole}.`)
    },
  )
  if (deployment.kind !== 'cluster') return [filled]
  const [create, table] = /^CREATE TABLE IF NOT EXISTS (\w+)/m.exec(filled) ?? []
  if (create === undefined || table === undefined) {
    throw new Error(
      `schema/${name} creates no table: say in schema-files.ts what it is on a cluster.`,
    )
  }
  const local = `CREATE TABLE IF NOT EXISTS ${localName(table, deployment)}`
  return [filled.replace(create, local), distributed(table, deployment)]
}
