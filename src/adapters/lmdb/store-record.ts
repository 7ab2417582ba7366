import { randomUUID } from 'node:crypto'
import { LogError, type Topic } from '../../ports/event-log.ts'
import { entriesOf, figuresOf, type Environment } from './environment.ts'
import { failureOf, foreignError, WAY_OUT } from './failure.ts'
import { STORE_KEY, STORED_TOPICS } from './keys.ts'

// Raise it when keys or values are laid out differently: an older Parcours must not misread them.
const FORMAT = 1
const OWN_TABLES = 3

export type Partitions = Record<Topic, number>

/** What a store says about itself, written when it is made. */
export type StoreRecord = { format: number; logId: string; partitions: Partitions }

/** Touchpoints and people spread over four; differences of rows commute, one is plenty. */
export const DEFAULT_PARTITIONS: Partitions = {
  touchpoints: 4,
  'dead-letters': 1,
  attributed: 4,
  rows: 1,
}
// A partition's number takes two bytes in the keys; far fewer are of use in one process.
const PARTITIONS_MAX = 1024

/**
 * The record of a store, made for a new one.
 * @throws LogError when it is of a newer format, of another make, or has other partitions
 */
export async function storeRecord(
  environment: Environment,
  asked: Partial<Partitions>,
): Promise<StoreRecord> {
  const { meta, file } = environment
  const bytes = meta.getBinary(STORE_KEY)
  if (bytes !== undefined) return checked(parse(bytes, file), { asked, file })
  if (!isEmpty(environment)) throw foreignError(file)
  const record = {
    format: FORMAT,
    logId: randomUUID(),
    partitions: checkedPartitions({ ...DEFAULT_PARTITIONS, ...asked }),
  }
  try {
    await meta.batch(() => meta.put(STORE_KEY, Buffer.from(JSON.stringify(record))))
  } catch (error) {
    throw failureOf(await reasonOf(error), { file })
  }
  return record
}

/** LMDB rejects with a general error that carries a promise of the particular one. */
export async function reasonOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<unknown> }
  if (commitError === undefined) return error
  return commitError.then(
    () => error,
    (reason: unknown) => reason,
  )
}

function checked(
  record: StoreRecord,
  { asked, file }: { asked: Partial<Partitions>; file: string },
): StoreRecord {
  for (const topic of STORED_TOPICS) {
    const [has, wants] = [record.partitions[topic], asked[topic]]
    if (wants === undefined || wants === has) continue
    throw new LogError(
      'unavailable',
      `${file} keeps ${topic} in ${has} partitions, asked for are ${wants}. The number is fixed when a store is made: ask for ${has}, or rebuild into a new data directory.`,
      { retryable: false },
    )
  }
  return record
}

function parse(bytes: Buffer, file: string): StoreRecord {
  let record: StoreRecord
  try {
    record = JSON.parse(bytes.toString()) as StoreRecord
  } catch (error) {
    throw new LogError('corrupt', `${file} is damaged. ${WAY_OUT}`, { cause: error })
  }
  if (record.format > FORMAT) {
    throw new LogError(
      'corrupt',
      `${file} has format ${record.format}, made by a newer Parcours; this one reads up to ${FORMAT}. Run the newer one.`,
    )
  }
  return record
}

function checkedPartitions(partitions: Partitions): Partitions {
  for (const topic of STORED_TOPICS) {
    const count = partitions[topic]
    if (!Number.isInteger(count) || count < 1 || count > PARTITIONS_MAX) {
      throw new RangeError(`${topic} cannot have ${count} partitions: 1 to ${PARTITIONS_MAX}.`)
    }
  }
  return partitions
}

/** A process killed while it made the tables leaves them empty: still a new store. */
function isEmpty({ root, log, meta, state }: Environment): boolean {
  return (
    figuresOf(root).entryCount === OWN_TABLES &&
    [log, meta, state].every((table) => entriesOf(table) === 0)
  )
}
