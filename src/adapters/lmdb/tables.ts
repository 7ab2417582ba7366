import { LogError, type PartitionRef } from '../../ports/event-log.ts'
import type { Environment, Table } from './environment.ts'
import { boundsKey, POSITION_PREFIX, STORED_TOPICS } from './keys.ts'
import type { Partitions } from './store-record.ts'

/** One partition of the log: `end` is the next offset; `bytes` is what its chunks take. */
export type PartitionState = { start: number; end: number; bytes: number }

/** What a store knows about itself in memory: always what was committed last. */
export type Committed = {
  partitions: Map<string, PartitionState>
  /** by the position's name */
  positions: Map<string, number>
}

const EMPTY: PartitionState = { start: 0, end: 0, bytes: 0 }

export function partitionName({ topic, partition }: PartitionRef): string {
  return `${topic}/${partition}`
}

/** As the file says. */
export function storedState(meta: Table, ref: PartitionRef): PartitionState {
  const bytes = meta.getBinary(boundsKey(partitionName(ref)))
  return bytes === undefined ? EMPTY : readBounds(bytes)
}

export function readCommitted({ meta }: Environment, partitions: Partitions): Committed {
  const committed: Committed = { partitions: new Map(), positions: new Map() }
  for (const topic of STORED_TOPICS) {
    for (let partition = 0; partition < partitions[topic]; partition += 1) {
      const ref = { topic, partition }
      committed.partitions.set(partitionName(ref), storedState(meta, ref))
    }
  }
  const start = Buffer.from(POSITION_PREFIX)
  const end = Buffer.from(`${POSITION_PREFIX}\u007f`)
  for (const { key, value } of meta.getRange({ start, end })) {
    committed.positions.set(key.toString(), Number(value.readBigUInt64BE()))
  }
  return committed
}

export function stateOf(committed: Committed, ref: PartitionRef): PartitionState {
  const state = committed.partitions.get(partitionName(ref))
  if (state === undefined) throw new RangeError(`${ref.topic} has no partition ${ref.partition}.`)
  return state
}

/** Eight bytes each: start, end, bytes held. */
export function boundsBytes({ start, end, bytes }: PartitionState): Buffer {
  const buffer = Buffer.allocUnsafe(24)
  buffer.writeBigUInt64BE(BigInt(start), 0)
  buffer.writeBigUInt64BE(BigInt(end), 8)
  buffer.writeBigUInt64BE(BigInt(bytes), 16)
  return buffer
}

export function positionBytes(next: number): Buffer {
  const buffer = Buffer.allocUnsafe(8)
  buffer.writeBigUInt64BE(BigInt(next))
  return buffer
}

function readBounds(buffer: Buffer): PartitionState {
  if (buffer.length !== 24) {
    throw new LogError('corrupt', `The bounds of a partition take ${buffer.length} bytes, not 24.`)
  }
  return {
    start: Number(buffer.readBigUInt64BE(0)),
    end: Number(buffer.readBigUInt64BE(8)),
    bytes: Number(buffer.readBigUInt64BE(16)),
  }
}
