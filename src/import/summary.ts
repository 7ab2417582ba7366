import type { Refusal } from './send-batch.ts'

// A count for each is kept in memory; an unforeseen column of ids would give one a row.
const REASONS_MAX = 100

export type ImportSummary = {
  /** read, whatever became of them */
  rows: number
  /** first and last UTC day of what was accepted, where the mapping reads a time */
  days: { from: string; to: string } | null
  accepted: number
  skipped: { total: number; reasons: { reason: string; count: number }[] }
  rejected: {
    total: number
    codes: {
      code: string
      count: number
      example: { row: number; path: string; message: string }
    }[]
  }
}

/** Counts what became of the rows, most frequent reasons first. */
export class Tally {
  rows = 0
  accepted = 0
  #firstMs = Infinity
  #lastMs = -Infinity
  readonly #skipped = new Map<string, number>()
  readonly #rejected = new Map<string, { count: number; example: Refusal }>()

  skip(reason: string): void {
    const known = this.#skipped.has(reason) || this.#skipped.size < REASONS_MAX
    const name = known ? reason : 'other reasons'
    this.#skipped.set(name, (this.#skipped.get(name) ?? 0) + 1)
  }

  /** @param occurredAt epoch milliseconds; anything else says nothing */
  keep(occurredAt: unknown): void {
    if (typeof occurredAt !== 'number') return
    this.#firstMs = Math.min(this.#firstMs, occurredAt)
    this.#lastMs = Math.max(this.#lastMs, occurredAt)
  }

  reject(refusal: Refusal): void {
    const found = this.#rejected.get(refusal.code)
    if (found === undefined) this.#rejected.set(refusal.code, { count: 1, example: refusal })
    else {
      found.count += 1
      // The earliest row, whichever batch was answered first: two runs show the same example.
      if (refusal.position < found.example.position) found.example = refusal
    }
  }

  summary(): ImportSummary {
    const reasons = [...this.#skipped].map(([reason, count]) => ({ reason, count }))
    const codes = [...this.#rejected].map(([code, { count, example }]) => {
      const { position, path, message } = example
      return { code, count, example: { row: position, path, message } }
    })
    return {
      rows: this.rows,
      days:
        this.#firstMs <= this.#lastMs
          ? { from: dayOf(this.#firstMs), to: dayOf(this.#lastMs) }
          : null,
      accepted: this.accepted,
      skipped: { total: sum(reasons), reasons: reasons.sort(byCount) },
      rejected: { total: sum(codes), codes: codes.sort(byCount) },
    }
  }
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

function byCount(one: { count: number }, other: { count: number }): number {
  return other.count - one.count
}

function sum(counts: readonly { count: number }[]): number {
  return counts.reduce((total, { count }) => total + count, 0)
}
