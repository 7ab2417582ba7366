import { LogError } from '../../ports/event-log.ts'

const EIO = 5
const ENOMEM = 12
const EACCES = 13
const EFBIG = 27
const ENOSPC = 28
const EROFS = 30
const EDQUOT = 122
const MDB_MAP_FULL = -30792
const MDB_INVALID = -30793
const MDB_VERSION_MISMATCH = -30794
const MDB_CORRUPTED = -30796
const MDB_PAGE_NOTFOUND = -30797

const SYSTEM_NUMBERS: Partial<Record<string, number>> = {
  EIO,
  ENOMEM,
  EACCES,
  EPERM: EACCES,
  EFBIG,
  ENOSPC,
  EROFS,
  EDQUOT,
}

const NOTHING_LOST = 'What was acknowledged is safe, and writing goes on by itself once there is.'

/** What LMDB could not do, as an error that says what to do. */
export function failureOf(error: unknown, { file }: { file: string }): LogError {
  if (error instanceof LogError) return error
  const number = numberOf(error)
  switch (number) {
    case ENOSPC:
      return full(`The disk of ${file} is full. Free some space there. ${NOTHING_LOST}`, error)
    case EDQUOT:
      return full(`The quota on ${file} is used up. Raise it. ${NOTHING_LOST}`, error)
    case EFBIG:
    case MDB_MAP_FULL:
      return full(
        `${file} may not grow further. Raise the limit on the size of files (ulimit -f). ${NOTHING_LOST}`,
        error,
      )
    case EIO:
      return full(
        `The disk took only a part of what was written to ${file}: it is full, or failing. Free some space, or look into the system's log. What was acknowledged is safe.`,
        error,
      )
    case ENOMEM:
      return new LogError(
        'unavailable',
        `There is too little memory, or address space (ulimit -v), for ${file}.`,
        { cause: error },
      )
    case EACCES:
    case EROFS:
      return new LogError(
        'unavailable',
        `${file} cannot be written: the directory, or its file system, is read-only. Make it writable for the user that runs this process.`,
        { cause: error },
      )
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
      return foreignError(file, error)
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
      return corrupt(`${file} is damaged. ${WAY_OUT}`, error)
    default:
      return new LogError(
        'unavailable',
        `${file} could not be used: ${error instanceof Error ? error.message : String(error)}.`,
        { cause: error },
      )
  }
}

export const WAY_OUT =
  'Bring the data directory back from a backup, or move this file away to begin anew, without what it held.'

export function foreignError(file: string, cause?: unknown): LogError {
  return corrupt(`${file} is not a store of Parcours. ${WAY_OUT}`, cause)
}

/** LMDB's number of an error, or the system's; undefined for what is none of theirs. */
function numberOf(error: unknown): number | undefined {
  const code: unknown = (error as { code?: unknown } | undefined)?.code
  if (typeof code === 'number') return code
  return typeof code === 'string' ? SYSTEM_NUMBERS[code] : undefined
}

function full(message: string, cause: unknown): LogError {
  return new LogError('full', message, { cause })
}

function corrupt(message: string, cause: unknown): LogError {
  return new LogError('corrupt', message, { cause })
}
