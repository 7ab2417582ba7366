import type { Warehouse } from '../src/ports/warehouse.ts'
import { DIMENSIONS, type Grouping } from './dimensions.ts'
import { dimensionFragment, type Fragment, type GroupValues, hashOf } from './filters.ts'
import { namesOf, namesWithPrefix } from './names.ts'
import { sqlOf } from './sql.ts'

/** The groups of an answer: which values are told apart, and what each is called. */
export type Groups = GroupValues & {
  /** by index of `values`; '' is the absent one */
  keys: string[]
  /** values beyond the listed ones exist and form one more group */
  hasRest: boolean
  rowsRead: number
}

// More groups than this are a list, not a comparison; the rest is shown as one group.
export const GROUPS_MAX = 50

/**
 * @param selection which rows are counted to tell the most frequent values of an open dimension
 */
export async function groupsOf(
  by: Grouping,
  selection: Fragment & { rows: string; period: string },
  { warehouse, site }: { warehouse: Warehouse; site: string },
): Promise<Groups> {
  const dimension = DIMENSIONS[by.dimension]
  if ('values' in dimension) {
    const values = dimension.values.map((_, index) => String(index + dimension.firstNumber))
    return { by, values, keys: [...dimension.values], hasRest: false, rowsRead: 0 }
  }
  const variants =
    by.dimension === 'experiment'
      ? await namesWithPrefix(warehouse, {
          site,
          dimension: 'experiment',
          prefix: `${by.test}:`,
          limit: GROUPS_MAX,
        })
      : undefined
  const variantHashes = variants ? [...variants.texts.keys()] : undefined
  const { rows, rowsRead } = await frequentValues(
    { by, ...(variantHashes && { variantHashes }) },
    selection,
    warehouse,
  )
  const values = rows.slice(0, GROUPS_MAX)
  const named =
    variants ?? (await namesOf(warehouse, { site, dimension: by.dimension, hashes: values }))
  const prefixLength = by.dimension === 'experiment' ? by.test.length + 1 : 0
  return {
    by,
    values,
    ...(variantHashes && { variantHashes }),
    keys: values.map((hash) => textOf(hash, named.texts).slice(hash === NONE ? 0 : prefixLength)),
    hasRest: rows.length > GROUPS_MAX,
    rowsRead: rowsRead + named.rowsRead,
  }
}

const NONE = hashOf('')

async function frequentValues(
  grouping: Omit<GroupValues, 'values'>,
  { sql, parameters, rows, period }: Fragment & { rows: string; period: string },
  warehouse: Warehouse,
): Promise<{ rows: string[]; rowsRead: number }> {
  const dimension = dimensionFragment(grouping)
  const answer = await warehouse.query<{ value: string }>(
    sqlOf('funnel-groups', { dimension: dimension.sql, rows, period, filters: sql }),
    { ...parameters, ...dimension.parameters, limit: GROUPS_MAX + 1 },
  )
  return { rows: answer.rows.map(({ value }) => value), rowsRead: answer.rowsRead }
}

/** A hash without a name is one whose row of `names` was lost: it can still be told apart. */
function textOf(hash: string, texts: ReadonlyMap<string, string>): string {
  return hash === NONE ? '' : (texts.get(hash) ?? `#${hash}`)
}
