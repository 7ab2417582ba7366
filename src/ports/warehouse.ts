import type { TableName } from '../domain/rows.ts'
import type { Deployment } from './deployment.ts'

/** Tables whose rows state derives too; `expected_…` stand beside them while `verify` runs. */
export type CheckedTable = Exclude<TableName, 'names'>
export type InsertTarget = TableName | 'chunks' | `expected_${CheckedTable}`

/** Rows as they lie in the log: UTF-8, a newline before each row and none within one. */
export type EncodedRows = { readonly sections: readonly Uint8Array[]; readonly count: number }

/** Rows to insert, each a JSON array in the table's column order: as texts, or as they lie in the log. */
export type InsertRows = readonly string[] | EncodedRows

export type QueryParameter = string | number | boolean | readonly string[] | readonly number[]

export type Answer<Row> = {
  rows: Row[]
  rowsRead: number
  bytesRead: number
  elapsedSeconds: number
}

export type Warehouse = {
  readonly deployment: Deployment
  /**
   * Inserts rows that were serialised here, one JSON array a row in the table's column order,
   * as one block for each partition of the table; durable when it resolves.
   * A block that the table has already taken under the same token is dropped; an empty token is none.
   * @throws WarehouseError
   */
  insert(request: { table: InsertTarget; rows: InsertRows; token: string }): Promise<void>
  /** One SELECT with `{name:Type}` parameters, always bound. */
  query<Row>(
    sql: string,
    parameters?: Record<string, QueryParameter>,
    options?: { timeoutSeconds?: number },
  ): Promise<Answer<Row>>
  /** One statement without an answer; for the schema only. */
  command(sql: string): Promise<void>
  version(): Promise<string>
  close(): Promise<void>
}

export type WarehouseErrorCode =
  | 'unavailable'
  /** it answers, but more wait for it than it takes */
  | 'busy'
  /** not let in, or not let do it: a setting or a grant must change, after which it goes on */
  | 'denied'
  | 'rejected'
  | 'too-many-partitions'
  | 'timeout'
  | 'full'
  | 'closed'

const RETRYABLE: ReadonlySet<WarehouseErrorCode> = new Set([
  'unavailable',
  'busy',
  'denied',
  'timeout',
  'full',
])

export class WarehouseError extends Error {
  override readonly name = 'WarehouseError'
  readonly code: WarehouseErrorCode
  /** whether the same call may go through later */
  readonly retryable: boolean
  constructor(
    code: WarehouseErrorCode,
    message: string,
    options?: { cause?: unknown; retryable?: boolean },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options?.retryable ?? RETRYABLE.has(code)
  }
}
