import type { Answer } from '../../ports/warehouse.ts'

/** What ClickHouse writes as FORMAT JSON, of which we need this much. */
export type JsonAnswer<Row> = {
  data: Row[]
  statistics?: { elapsed: number; rows_read: number; bytes_read: number }
}

export function answerOf<Row>({ data, statistics }: JsonAnswer<Row>): Answer<Row> {
  return {
    rows: data,
    rowsRead: statistics?.rows_read ?? 0,
    bytesRead: statistics?.bytes_read ?? 0,
    elapsedSeconds: statistics?.elapsed ?? 0,
  }
}
