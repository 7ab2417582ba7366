import { join } from 'node:path'
import { openChdb } from '../../src/adapters/clickhouse/chdb.ts'
import { openEmbeddedStore } from '../../src/adapters/lmdb/embedded-store.ts'
import type { DeadLetter } from '../../src/domain/dead-letter.ts'
import type { Touchpoint } from '../../src/domain/touchpoint.ts'
import type { EventLog } from '../../src/ports/event-log.ts'
import type { Processing } from '../../src/ports/processing.ts'
import type { Warehouse } from '../../src/ports/warehouse.ts'
import { CONTROL, type Control, readControl } from '../../processors/control.ts'
import { partitionsOf, text } from '../contracts/log-reading.ts'

// Enough at once to be quick, and no more than memory holds beside a process under test.
const PAGE = { recordsMax: 10_000, bytesMax: 16 * 2 ** 20 }

export type Kept = {
  touchpoints: Touchpoint[]
  deadLetters: DeadLetter[]
  control: Control
}

/** What the log of a data directory holds that no process has open. */
export function readLog(data: string): Promise<Kept> {
  return withStore(data, keptIn)
}

/** What a log holds, wherever it is. */
export async function keptIn({
  log,
  processing,
}: {
  log: EventLog
  processing: Processing
}): Promise<Kept> {
  await processing.refresh(CONTROL)
  return {
    touchpoints: await parsed<Touchpoint>(log, 'touchpoints'),
    deadLetters: await parsed<DeadLetter>(log, 'dead-letters'),
    control: readControl(processing)!,
  }
}

export async function withStore<T>(
  data: string,
  task: (store: Awaited<ReturnType<typeof openEmbeddedStore>>) => Promise<T>,
): Promise<T> {
  const store = await openEmbeddedStore({ directory: join(data, 'log'), now: Date.now })
  try {
    return await task(store)
  } finally {
    await store.close()
  }
}

/** The warehouse of a data directory that no process has open. */
export async function withWarehouse<T>(
  data: string,
  task: (warehouse: Warehouse) => Promise<T>,
): Promise<T> {
  const warehouse = await openChdb({ path: join(data, 'warehouse'), threadPoolSize: 16 })
  try {
    return await task(warehouse)
  } finally {
    await warehouse.close()
  }
}

async function parsed<Value>(log: EventLog, topic: 'touchpoints' | 'dead-letters') {
  const values: Value[] = []
  for (const partition of partitionsOf(log, topic)) {
    const { start, end } = await log.bounds({ topic, partition })
    for (let from = start; from < end;) {
      const { records, next } = await log.read({ topic, partition, from, ...PAGE })
      for (const { value } of records) values.push(JSON.parse(text(value)) as Value)
      from = next
    }
  }
  return values
}
