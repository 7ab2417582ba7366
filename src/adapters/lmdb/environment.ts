import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { open, type Database, type RootDatabase } from 'lmdb'
import { LogError } from '../../ports/event-log.ts'
import { failureOf, foreignError, WAY_OUT } from './failure.ts'
import { checkHeaders, checkRoomForNew } from './header.ts'

export type Table = Database<Buffer, Buffer>

/** One LMDB file with the three tables of a store. */
export type Environment = {
  file: string
  /** of the file, for growing it */
  descriptor: number
  root: RootDatabase<Buffer, Buffer>
  log: Table
  meta: Table
  state: Table
}

// Address space, not memory or disk. A file that outgrows it is mapped anew, which this spares.
export const MAP_SIZE_BYTES = 64 * 2 ** 30
const TABLES_MAX = 8

// Pages taken and given back within the last transaction need not stand in the file.
const UNWRITTEN_TAIL_BYTES_MAX = 16 * 2 ** 20

// Room for a thousand readers; there is a handful.
const LOCK_FILE_BYTES = 64 * 2 ** 10

const BINARY = { encoding: 'binary', keyEncoding: 'binary' } as const

/**
 * Opens the file, or makes it. Its commits are LMDB's own: pages, fsync, then the header with
 * O_DSYNC, so that a commit which failed at any point was never there.
 * @throws LogError when the directory cannot be written or the file is no sound store
 */
export function openEnvironment({
  directory,
  mapSizeBytes = MAP_SIZE_BYTES,
  isDurable = true,
}: {
  directory: string
  mapSizeBytes?: number | undefined
  /** false: no fsync; after a crash of the machine the file may be damaged */
  isDurable?: boolean | undefined
}): Environment {
  const file = join(directory, 'store.mdb')
  let root: RootDatabase<Buffer, Buffer> | undefined
  try {
    checkOpenable(directory, file)
    root = open<Buffer, Buffer>(file, {
      ...BINARY,
      mapSize: mapSizeBytes,
      maxDbs: TABLES_MAX,
      // A commit here resolves after its own fsync: with overlapping ones a failed fsync would
      // leave visible what was never acknowledged.
      overlappingSync: false,
      // Each transaction is one explicit batch; with turns as batches a failed commit would also
      // reject a promise that nobody holds.
      eventTurnBatching: false,
      noSync: !isDurable,
    })
    extendToItsLastPage(root, file)
    syncDirectories(directory)
    return {
      file,
      root,
      // First, so that a file with others' tables is told from a store that is only half made.
      meta: ownMeta(root, file),
      log: root.openDB('log', BINARY),
      state: root.openDB('state', BINARY),
      descriptor: openSync(file, 'r+'),
    }
  } catch (error) {
    void root?.close()
    throw failureOf(error, { file })
  }
}

export async function closeEnvironment({ root, descriptor }: Environment): Promise<void> {
  closeSync(descriptor)
  await root.close()
}

export type TableFigures = { entryCount: number }

/** `lastPageNumber` counts from 0 and tells how far the file is in use. */
export type RootFigures = TableFigures & { lastPageNumber: number; pageSize: number }

export function figuresOf(root: RootDatabase<Buffer, Buffer>): RootFigures {
  return root.getStats() as RootFigures
}

export function entriesOf(table: Table): number {
  return (table.getStats() as TableFigures).entryCount
}

/** LMDB cannot be asked: lmdb 3.5 ends the process where it cannot open a file. */
function checkOpenable(directory: string, file: string): void {
  mkdirSync(directory, { recursive: true })
  accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK)
  const lockFile = `${file}-lock`
  for (const name of [file, lockFile]) {
    if (existsSync(name)) accessSync(name, constants.R_OK | constants.W_OK)
  }
  if (existsSync(file)) checkHeaders(file)
  else checkRoomForNew(file)
  // LMDB writes to it through a map: blocks that the disk could not give would end the process.
  if (!existsSync(lockFile)) writeFileSync(lockFile, Buffer.alloc(LOCK_FILE_BYTES))
}

/** A new file is durable only with the entry that names it, and the directory's own. */
function syncDirectories(directory: string): void {
  for (const path of [directory, dirname(resolve(directory))]) {
    const descriptor = openSync(path, 'r')
    try {
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  }
}

function ownMeta(root: RootDatabase<Buffer, Buffer>, file: string): Table {
  const isMade = figuresOf(root).entryCount > 0
  const options = { ...BINARY, create: !isMade }
  const meta = root.openDB('meta', options) as Table | undefined
  if (meta === undefined) throw foreignError(file)
  return meta
}

/** Reading a mapped page beyond the end of a file kills the process: better an error at opening. */
function extendToItsLastPage(root: RootDatabase<Buffer, Buffer>, file: string): void {
  const { lastPageNumber, pageSize } = figuresOf(root)
  const wholeBytes = (lastPageNumber + 1) * pageSize
  const missingBytes = wholeBytes - statSync(file).size
  if (missingBytes <= 0) return
  if (missingBytes > UNWRITTEN_TAIL_BYTES_MAX) {
    throw new LogError(
      'corrupt',
      `${file} was cut off: its last ${missingBytes} bytes are missing. ${WAY_OUT}`,
    )
  }
  truncateSync(file, wholeBytes)
}
