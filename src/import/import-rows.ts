import { BATCH_BYTES_MAX } from '../domain/touchpoint.ts'
import { add, emptyBatch, fits, type Batch } from './batches.ts'
import type { FileRow } from './file-row.ts'
import type { RowMapper } from './row-mapper.ts'
import type { Sent } from './send-batch.ts'
import { Tally, type ImportSummary } from './summary.ts'
import type { Draft } from './targets.ts'

// An answer takes as long as a commit of what is worked off meanwhile, a tenth of a second: with four
// the collector was idle half of the time. More gain nothing.
const BATCHES_IN_FLIGHT_MAX = 8
// What a batch of one may have, envelope included.
const TEXT_BYTES_MAX = BATCH_BYTES_MAX - 100

export type ImportEnd = {
  summary: ImportSummary
  /** what ended it before the file did; what was sent until then counts */
  failure: unknown
  /** from the first row read to the last one answered */
  elapsedSeconds: number
}

/**
 * Every row of a file as a touchpoint through `send`, in memory that does not grow with the file.
 * @param send resolves when the batch is answered for good
 */
export async function importRows(
  rows: AsyncIterable<FileRow>,
  mapper: RowMapper,
  {
    send,
    signal,
    onRow,
  }: {
    send: (batch: Batch) => Promise<Sent>
    signal: AbortSignal
    /** after each row; for progress, so it must be quick */
    onRow: (tally: Tally) => void
  },
): Promise<ImportEnd> {
  const startedAtMs = performance.now()
  const tally = new Tally()
  const inFlight = new Set<Promise<void>>()
  let failure: unknown
  let batch = emptyBatch()
  // Of rows that are not answered yet, by position.
  const happened = new Map<number, unknown>()

  const settle = async (batch: Batch) => {
    try {
      const { accepted, rejected } = await send(batch)
      tally.accepted += accepted
      for (const refusal of rejected) {
        tally.reject(refusal)
        happened.delete(refusal.position)
      }
      for (const position of batch.positions) {
        tally.keep(happened.get(position))
        happened.delete(position)
      }
    } catch (error) {
      failure ??= error
    }
  }
  const dispatch = async () => {
    if (batch.texts.length === 0) return
    if (inFlight.size >= BATCHES_IN_FLIGHT_MAX) await Promise.race(inFlight)
    const sending = settle(batch).finally(() => inFlight.delete(sending))
    inFlight.add(sending)
    batch = emptyBatch()
  }

  try {
    for await (const row of rows) {
      tally.rows = row.position
      const draft = draftOf(row, mapper, tally)
      if (draft !== undefined) {
        const text = JSON.stringify(draft)
        const bytes = Buffer.byteLength(text)
        if (bytes > TEXT_BYTES_MAX) tally.reject(tooLarge(row.position, bytes))
        else {
          if (!fits(batch, bytes)) await dispatch()
          add(batch, { text, bytes, position: row.position })
          happened.set(row.position, draft.occurredAt)
        }
      }
      onRow(tally)
      if (failure !== undefined || signal.aborted) break
    }
  } catch (error) {
    failure ??= error
  }
  if (!signal.aborted) await dispatch()
  await Promise.all(inFlight)
  return {
    summary: tally.summary(),
    failure: signal.aborted ? signal.reason : failure,
    elapsedSeconds: (performance.now() - startedAtMs) / 1_000,
  }
}

function draftOf(row: FileRow, mapper: RowMapper, tally: Tally): Draft | undefined {
  const { position } = row
  if (row.kind === 'malformed') {
    tally.reject({ position, code: row.code, path: '', message: row.message })
    return undefined
  }
  const mapped = mapper.map(row.row, position)
  if (mapped.kind === 'touchpoint') return mapped.draft
  if (mapped.kind === 'skipped') tally.skip(mapped.reason)
  else {
    const { code, path, message } = mapped
    tally.reject({ position, code, path, message })
  }
  return undefined
}

function tooLarge(position: number, bytes: number) {
  const message = `As JSON it has ${bytes} bytes, more than a whole batch may have.`
  return { position, code: 'too-large', path: '', message }
}
