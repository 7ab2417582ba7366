import type { TableName } from '../src/domain/rows.ts'
import { type EventLog, type LogPage, type LogRecord, TOPICS } from '../src/ports/event-log.ts'
import type { Commit, Processing, StateWrite } from '../src/ports/processing.ts'
import { type InsertRows, type Warehouse, WarehouseError } from '../src/ports/warehouse.ts'
import { AheadError } from './ahead-error.ts'
import { type Chunk, chunkOf, cutByMonth, ledgerRow } from './chunk.ts'
import { codeMark, refuseNewer } from './code-mark.ts'
import { pack, unpack } from './codec.ts'
import { type Control, ledgerOf, startOf, writtenGenerations } from './control.ts'
import { knownNames } from './known-names.ts'
import { readLedger } from './ledger.ts'
import { partOf } from './rows-record.ts'
import { type SweptLanes, sweptLanes } from './swept-lanes.ts'
import { WAREHOUSE_STEP } from './topology.ts'

// The larger a block, the fewer parts to merge; 16 MB of text is about 60,000 rows.
const CHUNK_BYTES_MAX = 16 * 1024 * 1024
const CHUNK_RECORDS_MAX = 2_000
// Raise it when the same records would make other blocks: a token must never name two contents.
const BLOCK_ENCODING = 1
const BOUNDS_KEY = 'bounds'

export type WarehouseLane = {
  partition: number
  /** Whether the warehouse knows of chunks that this lane has not inserted yet. */
  isOvertaken(control: Control): Promise<boolean>
  /** Inserts one chunk; false when there was nothing to read. */
  turn(control: Control): Promise<boolean>
  /** how much of a generation being built is inserted, by lanes of the steps */
  swept: SweptLanes
}

/**
 * Inserts the records of one partition of `rows`, chunk by chunk, each exactly once: its bounds are
 * durable before the insert and used again after a crash, with tokens by which ClickHouse drops
 * what it has.
 */
export function warehouseLane(
  partition: number,
  {
    log,
    processing,
    warehouse,
    site,
    now,
  }: {
    log: EventLog
    processing: Processing
    warehouse: Warehouse
    site: string
    now: () => number
  },
): WarehouseLane {
  const input = { topic: TOPICS.rows, partition } as const
  const state = processing.state(WAREHOUSE_STEP, partition)
  const swept = sweptLanes(state)
  const names = knownNames()
  const mark = codeMark(state)
  return {
    partition,
    swept,
    async isOvertaken(control) {
      const position = (await processing.position(WAREHOUSE_STEP, input)) ?? 0
      const [, to] = recordedBounds() ?? [0, 0]
      const ledger = await readLedger(warehouse, {
        site,
        ledger: ledgerOf(control, log),
        partition,
      })
      return ledger.reachedOffset > Math.max(position, to)
    },
    async turn(control) {
      // What a newer version writes would be passed over here, and told to be inserted.
      refuseNewer(control)
      mark.check()
      const from = (await processing.position(WAREHOUSE_STEP, input)) ?? 0
      const start = startOf(control, input)
      if (from < start) {
        await moveTo(start, [])
        return true
      }
      const { records, next } = (await recordedChunk(from)) ?? (await newChunk(from))
      if (next === from) return false
      const chunk = chunkOf(records, { from, to: next }, isWrittenUnder(control))
      await insertChunk(chunk, ledgerOf(control, log))
      await moveTo(next, swept.take(chunk.sweeps))
      return true
    },
  }

  async function moveTo(next: number, writes: readonly StateWrite[]): Promise<void> {
    await commit({
      positions: [{ ...input, next }],
      state: [{ key: BOUNDS_KEY, value: undefined }, ...writes],
    })
  }

  async function commit({ positions, state }: Pick<Commit, 'positions' | 'state'>): Promise<void> {
    const writes = [...state, ...mark.writes()]
    await processing.commit({
      ...{ step: WAREHOUSE_STEP, partition },
      positions,
      outputs: [],
      state: writes,
    })
    mark.written()
  }

  /** The chunk whose insert a crash may have interrupted. */
  async function recordedChunk(position: number): Promise<LogPage | undefined> {
    const [from, to] = recordedBounds() ?? [-1, -1]
    if (from !== position) return undefined
    const chunk: LogPage = { records: [], next: from }
    while (chunk.next < to) {
      const more = await readFrom(chunk.next, to - chunk.next)
      if (more.next === chunk.next)
        throw new Error(`rows/${partition} ends at ${more.next}, within a chunk that ends at ${to}`)
      for (const one of more.records) if (one.offset < to) chunk.records.push(one)
      chunk.next = Math.min(more.next, to)
    }
    return chunk
  }

  function recordedBounds(): [from: number, to: number] | undefined {
    const bytes = state.get(BOUNDS_KEY)
    return bytes && (unpack(bytes, 'The bounds of a chunk') as [number, number])
  }

  function readFrom(from: number, recordsMax: number): Promise<LogPage> {
    return log.read({ ...input, from, recordsMax, bytesMax: CHUNK_BYTES_MAX })
  }

  async function newChunk(position: number): Promise<LogPage> {
    const chunk = await readFrom(position, CHUNK_RECORDS_MAX)
    // What belongs together became visible together: its end is there to be read.
    const open = openParts(chunk.records, new Set())
    while (open.size > 0) {
      const more = await readFrom(chunk.next, 1)
      if (more.next === chunk.next)
        throw new Error(`rows/${partition} ends within a difference, before ${chunk.next}`)
      chunk.records.push(...more.records)
      openParts(more.records, open)
      chunk.next = more.next
    }
    if (chunk.next === position) return chunk
    await commit({
      positions: [],
      state: [{ key: BOUNDS_KEY, value: pack([position, chunk.next]) }],
    })
    // Durable, and with them the records: ClickHouse must never know more than the log.
    await processing.flush()
    return chunk
  }

  async function insertChunk(chunk: Chunk, ledger: string): Promise<void> {
    const token = (table: string) =>
      `${ledger}/${table}/${partition}/${chunk.from}-${chunk.to}/${BLOCK_ENCODING}`
    // All at once: each mostly waits for its fsyncs. None may still run when a failed chunk is tried again.
    const inserts = await Promise.allSettled(
      [...chunk.tables].map(async ([table, rows]) => {
        if (table !== 'names') return insertTable(table, rows, token(table))
        const unknown = names.unknown(rows)
        await insertTable(table, unknown, token(table))
        names.know(unknown)
      }),
    )
    for (const insert of inserts) if (insert.status === 'rejected') throw insert.reason
    // Last, so that the ledger never names a chunk whose rows are not all there.
    const row = ledgerRow(chunk, { site, ledger, partition, nowMs: now() })
    await warehouse.insert({ table: 'chunks', rows: [row], token: token('chunks') })
  }

  async function insertTable(table: TableName, rows: InsertRows, token: string): Promise<void> {
    try {
      await warehouse.insert({ table, rows, token })
    } catch (error) {
      if (!(error instanceof WarehouseError) || error.code !== 'too-many-partitions') throw error
      const parts = cutByMonth(table, rows)
      if (parts.length === 1) throw error
      for (const [index, part] of parts.entries()) {
        await warehouse.insert({ table, rows: part, token: `${token}/${index}` })
      }
    }
  }
}

/** What began among these records, or before, and has not ended. `open` is changed. */
function openParts(records: readonly LogRecord[], open: Set<string>): Set<string> {
  for (const { value } of records) {
    const part = partOf(value)
    if (part?.isLast) open.delete(part.id)
    else if (part) open.add(part.id)
  }
  return open
}

/** @throws AheadError of rows of a generation that begins after what we know of */
function isWrittenUnder(control: Control): (generation: number) => boolean {
  const written = new Set(writtenGenerations(control).map(({ number }) => number))
  const { active, building } = control
  const newest = Math.max(active.number, building?.generation.number ?? 0)
  return (number) => {
    if (number > newest) {
      throw new AheadError(`rows are of generation ${number}, this step knows of ${newest}.`)
    }
    return written.has(number)
  }
}
