import type { Warehouse } from '../ports/warehouse.ts'
import type { SchemaFile } from './schema-files.ts'

export type SchemaState = {
  /** the newest file that was applied, such as `0007_chunks`; `nothing` before the first */
  version: string
  /** names of files that are not applied yet, in order */
  pending: string[]
  /** names of files whose text is another than the one that was applied */
  changed: string[]
  /** names of applied files that this version does not know: a newer one was here */
  unknown: string[]
}

type Applied = { number: number; name: string; checksum: string }

export async function schemaStateOf(
  warehouse: Warehouse,
  files: readonly SchemaFile[],
): Promise<SchemaState> {
  const applied = await readApplied(warehouse)
  const byNumber = new Map(applied.map((one) => [one.number, one]))
  return {
    version: applied.at(-1)?.name.replace(/\.sql$/, '') ?? 'nothing',
    pending: files.filter(({ number }) => !byNumber.has(number)).map(({ name }) => name),
    changed: files
      .filter(({ number, checksum }) => {
        const known = byNumber.get(number)
        return known !== undefined && known.checksum !== checksum
      })
      .map(({ name }) => name),
    unknown: applied
      .filter(({ number }) => !files.some((file) => file.number === number))
      .map(({ name }) => name),
  }
}

/** Why this version must not touch the schema; undefined where it may. */
export function obstacleOf({ changed, unknown }: SchemaState): string | undefined {
  if (unknown.length > 0) {
    return (
      `The schema has ${unknown.join(', ')}, which this version does not know: a newer Parcours was ` +
      'here. Start that version again; a schema never goes back.'
    )
  }
  if (changed.length > 0) {
    return (
      `${changed.join(', ')} changed after it was applied. A file of schema/ is never edited: put it ` +
      'back as it was and write what is new into the next number.'
    )
  }
  return undefined
}

/** Ascending by number; none where nothing was ever applied. */
async function readApplied(warehouse: Warehouse): Promise<Applied[]> {
  const { rows } = await warehouse.query<{ there: string }>(
    `SELECT count() AS there FROM system.tables
     WHERE database = currentDatabase() AND name = 'schema_migrations'`,
  )
  if (Number(rows[0]?.there ?? 0) === 0) return []
  const applied = await warehouse.query<Applied>(
    // Two that migrated at one moment would have written a file twice, with one checksum.
    `SELECT number, any(name) AS name, any(checksum) AS checksum FROM schema_migrations
     GROUP BY number ORDER BY number`,
  )
  return applied.rows
}
