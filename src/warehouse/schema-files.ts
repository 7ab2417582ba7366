import { hash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** One file of `schema/`: one statement, with substitutions. */
export type SchemaFile = { number: number; name: string; text: string; checksum: string }

/** Where tables live: here, or on every node of a named cluster, replicated. */
export type Deployment = { kind: 'single' } | { kind: 'cluster'; name: string }

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
 * The statement of a file for a deployment: `{{engine:E}}` is the engine, replicated on a cluster;
 * `{{on_cluster}}` runs it on every node.
 * @throws Error for an unknown substitution
 */
export function statementOf({ name, text }: SchemaFile, deployment: Deployment): string {
  return text.replaceAll(/\{\{(\w+)(?::([^}]*))?\}\}/g, (whole, key: string, value?: string) => {
    if (key === 'on_cluster') {
      return deployment.kind === 'cluster' ? `ON CLUSTER ${quotedName(deployment.name)}` : ''
    }
    if (key === 'engine' && value !== undefined) {
      return deployment.kind === 'cluster' ? `Replicated${value}` : value
    }
    throw new Error(`schema/${name}: unknown substitution ${whole}.`)
  })
}

function quotedName(name: string): string {
  if (!/^[\w-]+$/.test(name)) throw new Error(`"${name}" cannot be the name of a cluster.`)
  return `\`${name}\``
}
