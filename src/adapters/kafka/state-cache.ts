import {
  fsyncSync,
  openSync,
  closeSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { LaneRef, StateReader, StateWrite } from '../../ports/processing.ts'
import { lockDirectory } from '../directory-lock.ts'
import { stateKey, statePrefix } from '../lmdb/keys.ts'
import { openFile } from '../lmdb/open-file.ts'
import { stateReader, stateWrites } from '../lmdb/processing.ts'
import { createWriter } from '../lmdb/writer.ts'
import { bootId } from './boot.ts'
import type { LaneRecord } from './state-record.ts'

const QUEUE_BYTES_MAX = 64 * 2 ** 20
// One transaction's worth: small beside what a step writes.
const CLEARED_KEYS = 2_000
// No step has this name.
const OWN_STEP = 'cache-of-lanes'

/** Where a lane's cache stands in its topic of state. */
export type CacheMark = {
  /** the log that it is of: offsets of another one mean nothing */
  logId: string
  /** the next offset of the topic to read */
  next: number
  /** epoch milliseconds when it was last known to miss nothing */
  caughtUpAtMs: number
  lane: LaneRecord | undefined
}

/**
 * The state of lanes, with where it stands in its topic, in one LMDB file. It may be deleted at any
 * time; whatever it holds is a moment of the topic's past, and what came since is read from there.
 */
export type StateCache = {
  reader(lane: LaneRef): StateReader
  mark(lane: LaneRef): CacheMark | undefined
  /** State and mark, together or not at all. */
  write(lane: LaneRef, change: { writes: readonly StateWrite[]; mark: CacheMark }): Promise<void>
  clear(lane: LaneRef): Promise<void>
  fileBytes(): number
  close(): Promise<void>
}

export async function openStateCache({
  directory,
  now,
}: {
  directory: string
  now: () => number
}): Promise<StateCache> {
  const lock = await lockDirectory(directory)
  try {
    const note = join(directory, 'cache.json')
    // Without fsync a file survives its process, not its machine.
    if (!isSound(note)) rmSync(join(directory, 'store.mdb'), { force: true })
    writeNote(note, { bootId: bootId(), isSynced: false })
    const source = await openFile({ directory, partitions: {}, isDurable: false })
    const writer = createWriter({
      source,
      queueBytesMax: QUEUE_BYTES_MAX,
      now,
      onCommitted: () => undefined,
    })
    const marks = statePrefix(OWN_STEP, 0)
    const markKey = ({ step, partition }: LaneRef) => stateKey(marks, `${step}/${partition}`)
    const reader = ({ step, partition }: LaneRef) =>
      stateReader(source, statePrefix(step, partition))
    const submit = (state: { key: Buffer; value: Buffer | undefined }[], bytes: number) =>
      writer.submit('bulk', { records: [], positions: [], state, bytes })

    return {
      reader,
      mark(lane) {
        const bytes = source.environment().state.getBinary(markKey(lane))
        return bytes === undefined ? undefined : (JSON.parse(bytes.toString()) as CacheMark)
      },
      async write(lane, { writes, mark }) {
        const prefix = statePrefix(lane.step, lane.partition)
        const { writes: state, bytes } = stateWrites(prefix, writes)
        const value = Buffer.from(JSON.stringify(mark))
        await submit([...state, { key: markKey(lane), value }], bytes + value.length)
      },
      async clear(lane) {
        // First, so that whoever dies half-way leaves nothing that looks whole.
        await submit([{ key: markKey(lane), value: undefined }], 0)
        const prefix = statePrefix(lane.step, lane.partition)
        for (;;) {
          const entries = [...reader(lane).range('', { limit: CLEARED_KEYS })]
          if (entries.length === 0) return
          const keys = entries.map(({ key }) => ({ key: stateKey(prefix, key), value: undefined }))
          await submit(keys, 0)
        }
      },
      fileBytes: () => statSync(source.file).size,
      async close() {
        await writer.close()
        fsyncSync(source.environment().descriptor)
        await source.close()
        writeNote(note, { bootId: bootId(), isSynced: true })
        await lock.release()
      },
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

type Note = { bootId: string | undefined; isSynced: boolean }

function isSound(file: string): boolean {
  try {
    const note = JSON.parse(readFileSync(file, 'utf8')) as Note
    return note.isSynced || (note.bootId !== undefined && note.bootId === bootId())
  } catch {
    return false
  }
}

function writeNote(file: string, note: Note): void {
  writeFileSync(file, JSON.stringify(note))
  const descriptor = openSync(file, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
