import { type EventLog, TOPICS } from '../src/ports/event-log.ts'
import type { Processing } from '../src/ports/processing.ts'
import type { Warehouse } from '../src/ports/warehouse.ts'
import { type Control, ledgerOf } from './control.ts'
import { WAREHOUSE_STEP } from './topology.ts'

/**
 * Whether log and warehouse go together: the warehouse holds all that the step has put there, and
 * nothing that the log does not reach. Else one of them lost data, or is of another day than the other.
 */
export async function isOfTheLog(
  { log, processing, warehouse }: { log: EventLog; processing: Processing; warehouse: Warehouse },
  control: Control,
): Promise<boolean> {
  const ledger = ledgerOf(control, log)
  const { site } = control.active
  for (let partition = 0; partition < log.partitionsOf(TOPICS.rows); partition++) {
    const input = { topic: TOPICS.rows, partition }
    const position = (await processing.position(WAREHOUSE_STEP, input)) ?? 0
    const settled = control.settledOffsets[partition] ?? 0
    const { heldCount, reachedOffset } = await readLedger(warehouse, {
      ...{ site, ledger, partition, settled, position },
    })
    // The sum, not the last: a copy that was restored and written to again has a gap before its end.
    if (heldCount < position - settled) return false
    // Asked for last: somebody else may be inserting.
    if (reachedOffset > (await log.bounds(input)).end) return false
  }
  return true
}

/** What the ledger has of a partition: the records between two offsets, and the last one of all. */
export async function readLedger(
  warehouse: Warehouse,
  {
    site,
    ledger,
    partition,
    settled = 0,
    position = 0,
  }: { site: string; ledger: string; partition: number; settled?: number; position?: number },
): Promise<{ heldCount: number; reachedOffset: number }> {
  const { rows } = await warehouse.query<{ held: string; reached: string }>(
    `SELECT
       sumIf(
         to_offset - greatest(from_offset, {settled:UInt64}),
         to_offset > {settled:UInt64} AND to_offset <= {position:UInt64}
       ) AS held,
       max(to_offset) AS reached
     FROM chunks
     WHERE site = {site:String} AND log_id = {ledger:String} AND partition = {partition:UInt32}`,
    { site, ledger, partition, settled, position },
  )
  return { heldCount: Number(rows[0]?.held ?? 0), reachedOffset: Number(rows[0]?.reached ?? 0) }
}
