import type { PartitionRef, Topic } from '../../ports/event-log.ts'
import { packChunks } from './chunk.ts'
import type { Environment, Table } from './environment.ts'
import { boundsKey, chunkKey, chunkRange, parseChunkKey } from './keys.ts'
import {
  boundsBytes,
  partitionName,
  positionBytes,
  stateOf,
  type Committed,
  type PartitionState,
} from './tables.ts'

/** What one caller wants written: all of it in one transaction, or nothing. */
export type Write = {
  records: readonly { ref: PartitionRef; value: Uint8Array }[]
  state: readonly { key: Buffer; value: Uint8Array | undefined }[]
  positions: readonly { name: string; next: number }[]
  trim?: { ref: PartitionRef; below: number }
  /** about what it takes in memory and in the file */
  bytes: number
}

export type Operation = { table: Table; key: Buffer; value: Uint8Array | undefined }

/** One transaction over many writes, and what is true once it is committed. */
export type Plan = {
  operations: Operation[]
  partitions: Map<string, PartitionState>
  positions: Map<string, number>
  /** topics that got records */
  topics: Set<Topic>
  /** partitions whose chunks were looked through: twice would count them twice */
  trimmed: Set<string>
  /** writes that are bugs of their caller and change nothing */
  refused: Map<Write, Error>
  isTrimOnly: boolean
  /** what trims give back */
  freedBytes: number
  freedChunks: number
  /** trims that are not through yet and must be asked for again */
  unfinished: Set<Write>
}

// A chunk is 16 KB: 2 MB of log are given back at a time, however many ask for it. It needs little
// room, for when there is little, and appends need not wait long.
const TRIM_CHUNKS_MAX = 128

export function planOf(
  environment: Environment,
  { committed, writes, nowMs }: { committed: Committed; writes: readonly Write[]; nowMs: number },
): Plan {
  const plan: Plan = {
    operations: [],
    partitions: new Map(),
    positions: new Map(),
    topics: new Set(),
    trimmed: new Set(),
    refused: new Map(),
    isTrimOnly: writes.every(({ trim }) => trim !== undefined),
    freedBytes: 0,
    freedChunks: 0,
    unfinished: new Set(),
  }
  const appended = new Map<string, { ref: PartitionRef; values: Uint8Array[] }>()
  for (const write of writes) {
    const error = backwards(write, { committed, plan })
    if (error !== undefined) {
      plan.refused.set(write, error)
      continue
    }
    for (const { ref, value } of write.records) valuesOf(appended, ref).push(value)
    for (const { key, value } of write.state) {
      plan.operations.push({ table: environment.state, key, value })
    }
    for (const { name, next } of write.positions) plan.positions.set(name, next)
    if (write.trim !== undefined) planTrim(environment, { committed, plan, write })
  }
  for (const { ref, values } of appended.values()) {
    planAppend(environment, { committed, plan, ref, values, nowMs })
  }
  planHeads(environment, plan)
  return plan
}

function planAppend(
  { log }: Environment,
  {
    committed,
    plan,
    ref,
    values,
    nowMs,
  }: {
    committed: Committed
    plan: Plan
    ref: PartitionRef
    values: readonly Uint8Array[]
    nowMs: number
  },
): void {
  const name = partitionName(ref)
  const state = { ...(plan.partitions.get(name) ?? stateOf(committed, ref)) }
  for (const { count, bytes } of packChunks(values, nowMs)) {
    state.end += count
    state.bytes += bytes.length
    const key = chunkKey(ref, { last: state.end - 1, count, bytes: bytes.length })
    plan.operations.push({ table: log, key, value: bytes })
  }
  plan.partitions.set(name, state)
  plan.topics.add(ref.topic)
}

/**
 * The start moves at once. Chunks are given back from the first one held, so that what a process
 * left behind when it died half-way is found by the next trim.
 */
function planTrim(
  { log }: Environment,
  { committed, plan, write }: { committed: Committed; plan: Plan; write: Write },
): void {
  const { ref, below } = write.trim!
  const name = partitionName(ref)
  const limit = TRIM_CHUNKS_MAX - plan.freedChunks
  if (limit === 0 || plan.trimmed.has(name)) {
    plan.unfinished.add(write)
    return
  }
  plan.trimmed.add(name)
  const before = plan.partitions.get(name) ?? stateOf(committed, ref)
  const state = { ...before, start: Math.max(before.start, Math.min(below, before.end)) }
  let chunks = 0
  for (const key of log.getKeys({ ...chunkRange(ref, 0), limit })) {
    const { last, bytes } = parseChunkKey(key)
    if (last >= state.start) break
    state.bytes -= bytes
    plan.freedBytes += bytes
    plan.operations.push({ table: log, key, value: undefined })
    chunks += 1
  }
  plan.freedChunks += chunks
  plan.partitions.set(name, state)
  if (chunks === limit) plan.unfinished.add(write)
}

function planHeads({ meta }: Environment, plan: Plan): void {
  for (const [name, state] of plan.partitions) {
    plan.operations.push({ table: meta, key: boundsKey(name), value: boundsBytes(state) })
  }
  for (const [name, next] of plan.positions) {
    plan.operations.push({ table: meta, key: Buffer.from(name), value: positionBytes(next) })
  }
}

function backwards(
  { positions }: Write,
  { committed, plan }: { committed: Committed; plan: Plan },
): Error | undefined {
  for (const { name, next } of positions) {
    const at = plan.positions.get(name) ?? committed.positions.get(name) ?? 0
    if (!Number.isSafeInteger(next) || next < at) {
      return new RangeError(`${name} would move from ${at} back to ${next}: a bug of its step.`)
    }
  }
  return undefined
}

function valuesOf(
  appended: Map<string, { ref: PartitionRef; values: Uint8Array[] }>,
  ref: PartitionRef,
): Uint8Array[] {
  const name = partitionName(ref)
  let entry = appended.get(name)
  if (entry === undefined) {
    entry = { ref, values: [] }
    appended.set(name, entry)
  }
  return entry.values
}
