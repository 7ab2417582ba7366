import { accessSync, constants, existsSync, mkdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { open, type Database, type RootDatabase } from 'lmdb'
import { LogError } from '../../ports/event-log.ts'
import { failureOf, WAY_OUT } from './failure.ts'

export type Table = Database<Buffer, Buffer>

/** One LMDB file with the three tables of a store. */
export type Environment = {
  file: string
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

const BINARY = { encoding: 'binary', keyEncoding: 'binary' } as const

/**
 * Opens the file, or makes it. Its commits are LMDB's own: pages, fsync, then the header with
 * O_DSYNC, so that a commit which failed at any point was never there.
 * @throws LogError when the directory cannot be written or the file is no sound store
 */
export function openEnvironment({
  directory,
  mapSizeBytes = MAP_SIZE_BYTES,
}: {
  directory: string
  mapSizeBytes?: number | undefined
}): Environment {
  const file = join(directory, 'store.mdb')
  let root: RootDatabase<Buffer, Buffer> | undefined
  try {
    checkWritable(directory, file)
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
    })
    extendToItsLastPage(root, file)
    return {
      file,
      root,
      log: root.openDB('log', BINARY),
      meta: root.openDB('meta', BINARY),
      state: root.openDB('state', BINARY),
    }
  } catch (error) {
    void root?.close()
    throw failureOf(error, { file })
  }
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

function checkWritable(directory: string, file: string): void {
  mkdirSync(directory, { recursive: true })
  accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK)
  for (const name of [file, `${file}-lock`]) {
    if (existsSync(name)) accessSync(name, constants.R_OK | constants.W_OK)
  }
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
