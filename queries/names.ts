import type { Warehouse } from '../src/ports/warehouse.ts'
import { sqlOf } from './sql.ts'

export type Names = { texts: Map<string, string>; rowsRead: number }

type NameRow = { hash: string; name: string }

/** The texts that hashes of one open dimension were made of; a hash nobody named is left out. */
export async function namesOf(
  warehouse: Warehouse,
  request: { site: string; dimension: string; hashes: readonly string[] },
): Promise<Names> {
  if (request.hashes.length === 0) return { texts: new Map(), rowsRead: 0 }
  return answered(await warehouse.query<NameRow>(sqlOf('names'), request))
}

/** The texts of a dimension that start with `prefix`, in order. */
export async function namesWithPrefix(
  warehouse: Warehouse,
  request: { site: string; dimension: string; prefix: string; limit: number },
): Promise<Names> {
  return answered(await warehouse.query<NameRow>(sqlOf('names-prefix'), request))
}

function answered({ rows, rowsRead }: { rows: NameRow[]; rowsRead: number }): Names {
  return { texts: new Map(rows.map(({ hash, name }) => [hash, name])), rowsRead }
}
