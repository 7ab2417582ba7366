import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export type DirectoryLock = { release(): Promise<void> }

// SQLite's numbers for a file that another process, or this one, has locked.
const SQLITE_BUSY = 5
const SQLITE_LOCKED = 6

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

type Holder = { pid: number; program: string; since: string }

/**
 * Makes this process the only one that uses a data directory, until it releases it or dies: the
 * lock is the operating system's, held by SQLite, so a killed process leaves none behind.
 * @throws DirectoryLockError when another holds it, or it cannot be taken
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  let database: DatabaseSync | undefined
  try {
    // Whoever comes first makes it, and for nobody else.
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    database = new DatabaseSync(join(directory, 'lock.db'), { timeout: 0 })
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    throw lockErrorOf(error, directory)
  }
  const held = database
  try {
    writeHolder(directory)
  } catch (error) {
    // On a full disk the lock holds all the same; what the name is for can do without it.
    if (!FULL.has((error as NodeJS.ErrnoException).code ?? '')) {
      held.close()
      throw lockErrorOf(error, directory)
    }
  }
  return {
    async release() {
      if (held.isOpen) held.close()
    },
  }
}

export class DirectoryLockError extends Error {
  override readonly name = 'DirectoryLockError'
  /** the other process, as text, where one holds it */
  readonly heldBy: string | undefined
  constructor(message: string, { cause, heldBy }: { cause: unknown; heldBy?: string }) {
    super(message, { cause })
    this.heldBy = heldBy
  }
}

function lockErrorOf(cause: unknown, directory: string): DirectoryLockError {
  const number: unknown = (cause as { errcode?: unknown }).errcode
  if (number !== SQLITE_BUSY && number !== SQLITE_LOCKED) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const message = `${directory} cannot be used: ${reason}. Make it writable for the user that runs this process, or name another with PARCOURS_DATA.`
    return new DirectoryLockError(message, { cause })
  }
  const holder = readHolder(directory)
  if (holder?.pid === process.pid) {
    return new DirectoryLockError(`${directory} is in use by this process already.`, { cause })
  }
  const heldBy =
    holder === undefined
      ? 'another process'
      : `process ${holder.pid} (${holder.program}, since ${holder.since})`
  const message = `${directory} is in use by ${heldBy}. Stop it first, or name another directory with PARCOURS_DATA.`
  return new DirectoryLockError(message, { cause, heldBy })
}

/** Only for the message: who holds the lock is the operating system's to say. */
function writeHolder(directory: string): void {
  const [, script = 'node', ...words] = process.argv
  const holder: Holder = {
    pid: process.pid,
    // The words alone: what follows an option may be a key.
    program: [basename(script), ...words.slice(0, 1).filter((word) => !word.startsWith('-'))].join(
      ' ',
    ),
    since: new Date().toISOString(),
  }
  writeFileSync(holderFile(directory), `${JSON.stringify(holder)}\n`)
}

function readHolder(directory: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(holderFile(directory), 'utf8')) as Holder
  } catch {
    return undefined
  }
}

function holderFile(directory: string): string {
  return join(directory, 'lock.json')
}
