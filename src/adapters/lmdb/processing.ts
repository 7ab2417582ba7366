import type { Processing, StateReader, StateWrite } from '../../ports/processing.ts'
import { copiesOf } from './copies.ts'
import { failureOf } from './failure.ts'
import { routed } from './event-log.ts'
import { positionName, stateKey, statePrefix } from './keys.ts'
import type { OpenFile } from './open-file.ts'
import type { Partitions } from './store-record.ts'
import type { Writer } from './writer.ts'

// A range is read in steps between which nothing of LMDB stays open: a reader that stops half-way
// would otherwise keep every page that is given back from being used again.
const RANGE_ENTRIES_MAX = 128

// Sorts after every byte of UTF-8.
const AFTER_ALL = Buffer.from([0xff])
const FIRST_AFTER = Buffer.from([0x00])

export function createProcessing({
  partitions,
  source,
  writer,
}: {
  partitions: Partitions
  source: OpenFile
  writer: Writer
}): Processing {
  return {
    // One process holds the file, so every lane is its own.
    takeOver: async () => undefined,
    release: async () => undefined,
    refresh: async () => false,
    state: (step, partition) => stateReader(source, statePrefix(step, partition)),
    position: async (step, ref) => source.committed().positions.get(positionName(step, ref)),
    async commit({ step, partition, positions, outputs, state }) {
      const { records, bytes: recordBytes } = routed(outputs, partitions)
      const { writes, bytes: stateBytes } = stateWrites(statePrefix(step, partition), state)
      await writer.submit('bulk', {
        records,
        state: writes,
        positions: positions.map(({ next, ...ref }) => ({ name: positionName(step, ref), next })),
        bytes: recordBytes + stateBytes,
      })
    },
    // A commit is durable when it resolves; this waits for those that have not yet.
    async flush() {
      await writer.submit('bulk', { records: [], state: [], positions: [], bytes: 0 })
    },
  }
}

export function stateReader(source: OpenFile, prefix: Buffer): StateReader {
  return {
    get(key) {
      const { state } = source.environment()
      const whole = stateKey(prefix, key)
      try {
        return state.getBinary(whole)
      } catch (error) {
        throw failureOf(error, source)
      }
    },
    *range(start, { after, limit = Infinity } = {}) {
      const end = Buffer.concat([stateKey(prefix, start), AFTER_ALL])
      let from = stateKey(prefix, start)
      if (after !== undefined) from = later(from, justAfter(stateKey(prefix, after)))
      for (let left = limit; left > 0;) {
        const { state } = source.environment()
        const entries = [
          ...state.getRange({ start: from, end, limit: Math.min(left, RANGE_ENTRIES_MAX) }),
        ]
        for (const { key, value } of entries) {
          yield { key: key.toString('utf8', prefix.length), value }
        }
        if (entries.length < RANGE_ENTRIES_MAX) return
        left -= entries.length
        from = justAfter(entries.at(-1)!.key)
      }
    },
  }
}

/** Copies of the writes, under the keys of one step and partition. */
export function stateWrites(prefix: Buffer, state: readonly StateWrite[]) {
  const values = state.map(({ value }) => value)
  const copied = copiesOf(values, 'state')
  let { bytes } = copied
  const writes = state.map(({ key }, index) => {
    const whole = stateKey(prefix, key)
    bytes += whole.length
    return { key: whole, value: copied.copies[index] }
  })
  return { writes, bytes }
}

function justAfter(key: Buffer): Buffer {
  return Buffer.concat([key, FIRST_AFTER])
}

function later(a: Buffer, b: Buffer): Buffer {
  return Buffer.compare(a, b) < 0 ? b : a
}
