import type { RowContext } from '../src/domain/row-context.ts'
import type { TableName } from '../src/domain/rows.ts'
import type { OutgoingRecord } from '../src/ports/event-log.ts'
import { emptyTally, encodeRows, type RowsRecord, type RowsTally } from './rows-record.ts'

// Large enough that a record's header weighs nothing, small enough that a chunk can be cut close to
// its size.
const RECORD_CHARACTERS_TARGET = 128 * 1024
// One person's difference may be larger than any record should be: Kafka takes 1 MB a message, and
// a character may need three bytes.
const RECORD_CHARACTERS_MAX = 256 * 1024

// Counts go on while no generation is written, as after an update that writes rows of another form.
const NO_GENERATION = 0

/** Gathers the rows of one processing transaction into records of the topic `rows`. */
export class RowsOutput {
  readonly #site: string
  readonly #current: number
  readonly #open = new Map<number, { record: RowsRecord; characters: number }>()
  readonly #full: RowsRecord[] = []

  /** @param contexts the first is of the generation that readers see */
  constructor(site: string, contexts: readonly RowContext[]) {
    this.#site = site
    this.#current = contexts[0]?.generation.number ?? NO_GENERATION
    for (const { generation } of contexts) this.#begin(generation.number)
  }

  /** Adds what belongs together: it lies in one record, or in several of which no chunk takes only some. */
  add(generation: number, rows: Partial<Record<TableName, string[]>>): void {
    let open = this.#open.get(generation) ?? this.#begin(generation)
    let isCut = false
    for (const [table, lines] of Object.entries(rows) as [TableName, string[]][]) {
      for (const line of lines) {
        if (open.characters >= RECORD_CHARACTERS_MAX) {
          this.#full.push({ ...open.record, continues: true })
          open = this.#begin(generation)
          isCut = true
        }
        const into = (open.record.rows[table] ??= [])
        into.push(line)
        open.characters += line.length
      }
    }
    // The last part follows the others at once: nothing may come between them.
    if (!isCut && open.characters < RECORD_CHARACTERS_TARGET) return
    this.#full.push(open.record)
    this.#begin(generation)
  }

  /** Counted once, however many generations are written: with the one that readers see. */
  count(tally: Partial<RowsTally>): void {
    const sum = (this.#open.get(this.#current) ?? this.#begin(this.#current)).record.tally
    sum.touchpoints += tally.touchpoints ?? 0
    sum.duplicates += tally.duplicates ?? 0
    sum.corrections += tally.corrections ?? 0
    sum.newestOccurredAtMs = Math.max(sum.newestOccurredAtMs, tally.newestOccurredAtMs ?? 0)
  }

  /** The site is the key: rows of a site keep their order where a topic has several partitions. */
  records(): OutgoingRecord[] {
    const open = [...this.#open.values()].map(({ record }) => record).filter(saysSomething)
    return [...this.#full, ...open].map((record) => ({
      key: this.#site,
      value: encodeRows(record),
    }))
  }

  #begin(generation: number): { record: RowsRecord; characters: number } {
    const open = {
      record: { site: this.#site, generation, tally: emptyTally(), continues: false, rows: {} },
      characters: 0,
    }
    this.#open.set(generation, open)
    return open
  }
}

function saysSomething({ rows, tally }: RowsRecord): boolean {
  const { touchpoints, duplicates, corrections } = tally
  return (
    touchpoints + duplicates + corrections > 0 ||
    Object.values(rows).some((lines) => lines.length > 0)
  )
}
