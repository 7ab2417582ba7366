import { hash64 } from '../src/domain/digest.ts'
import type { RowContext } from '../src/domain/row-context.ts'
import type { TableName } from '../src/domain/rows.ts'
import type { OutgoingRecord } from '../src/ports/event-log.ts'
import { Lines } from './lines.ts'
import { emptyTally, encodeRows, type Part, type RowsTally } from './rows-record.ts'

// Large enough that a record's header weighs nothing, small enough that a chunk can be cut close to
// its size.
const RECORD_BYTES_TARGET = 128 * 1024
// One person's difference may be larger than any record should be: Kafka takes 1 MB a message.
const RECORD_BYTES_MAX = 512 * 1024

type OpenRecord = {
  generation: number
  tally: RowsTally
  bytes: number
  tables: Map<TableName, Lines>
}

// Counts go on while no generation is written, as after an update that writes rows of another form.
const NO_GENERATION = 0

/** Gathers the rows of one processing transaction into records of the topic `rows`. */
export class RowsOutput {
  readonly #site: string
  readonly #current: number
  readonly #open = new Map<number, OpenRecord>()
  readonly #full: Uint8Array[] = []
  /** Rows of `names`: new journeys have most of theirs in common. */
  readonly #named = new Set<string>()

  /** @param contexts the first is of the generation that readers see */
  constructor(site: string, contexts: readonly RowContext[]) {
    this.#site = site
    this.#current = contexts[0]?.generation.number ?? NO_GENERATION
    for (const { generation } of contexts) this.#begin(generation.number)
  }

  /** Adds what belongs together: it lies in one record, or in several of which no chunk takes only some. */
  add(generation: number, rows: Partial<Record<TableName, string[]>>): void {
    let open = this.#open.get(generation) ?? this.#begin(generation)
    let cut: string | undefined
    for (const [table, lines] of Object.entries(rows) as [TableName, string[]][]) {
      for (const line of lines) {
        if (table === 'names' && !this.#isNewName(generation, line)) continue
        if (open.bytes >= RECORD_BYTES_MAX) {
          cut ??= hash64(line)
          this.#full.push(this.#encode(open, { id: cut, isLast: false }))
          open = this.#begin(generation)
        }
        addLine(open, table, line)
      }
    }
    if (cut === undefined && open.bytes < RECORD_BYTES_TARGET) return
    this.#full.push(this.#encode(open, cut === undefined ? undefined : { id: cut, isLast: true }))
    this.#begin(generation)
  }

  /** Counted once, however many generations are written: with the one that readers see. */
  count(tally: Partial<RowsTally>): void {
    const sum = (this.#open.get(this.#current) ?? this.#begin(this.#current)).tally
    sum.touchpoints += tally.touchpoints ?? 0
    sum.duplicates += tally.duplicates ?? 0
    sum.corrections += tally.corrections ?? 0
    sum.newestOccurredAtMs = Math.max(sum.newestOccurredAtMs, tally.newestOccurredAtMs ?? 0)
  }

  /** The site is the key: rows of a site keep their order where a topic has several partitions. */
  records(): OutgoingRecord[] {
    const open = [...this.#open.values()].filter(saysSomething)
    const values = [...this.#full, ...open.map((record) => this.#encode(record, undefined))]
    return values.map((value) => ({ key: this.#site, value }))
  }

  /** Once a generation: rows of one that nobody wants any more are passed over, names among them. */
  #isNewName(generation: number, line: string): boolean {
    const known = `${generation}${line}`
    if (this.#named.has(known)) return false
    this.#named.add(known)
    return true
  }

  #encode({ generation, tally, tables }: OpenRecord, part: Part | undefined): Uint8Array {
    return encodeRows({ site: this.#site, generation, tally, ...(part && { part }) }, tables)
  }

  #begin(generation: number): OpenRecord {
    const open = { generation, tally: emptyTally(), bytes: 0, tables: new Map<TableName, Lines>() }
    this.#open.set(generation, open)
    return open
  }
}

function addLine(open: OpenRecord, table: TableName, line: string): void {
  const lines = open.tables.get(table) ?? new Lines()
  open.tables.set(table, lines)
  const before = lines.length
  lines.add(line)
  open.bytes += lines.length - before
}

function saysSomething({ bytes, tally }: OpenRecord): boolean {
  return bytes + tally.touchpoints + tally.duplicates + tally.corrections > 0
}
