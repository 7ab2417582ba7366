import { WarehouseError, type WarehouseErrorCode } from '../../ports/warehouse.ts'

type Kind = { code: WarehouseErrorCode; retryable?: boolean; advice: string }

// ClickHouse says what matters first.
const MESSAGE_CHARACTERS_MAX = 600
// What follows are the values of a row, or a statement with the values that were bound: a message
// ends in a log, and they are somebody's data.
const DATA = /(\(at row \d+\)| in scope ).*$/i

/** What went wrong, on what, whether a retry can help, and what to do. */
export function warehouseErrorOf(error: unknown, { what, where }: { what: string; where: string }) {
  if (error instanceof WarehouseError) return error
  const message = error instanceof Error ? error.message : String(error)
  const type = typeOf(error)
  const { code, retryable, advice } = kindOf(type, message)
  const said = message.replaceAll(/\s+/g, ' ').replace(DATA, '').slice(0, MESSAGE_CHARACTERS_MAX)
  return new WarehouseError(
    code,
    `ClickHouse (${where}) could not ${what}: ${said} ${advice}`.trimEnd(),
    {
      cause: error,
      ...(retryable === undefined ? {} : { retryable }),
    },
  )
}

function kindOf(type: string, message: string): Kind {
  if (/Too many partitions for (a )?single INSERT block/i.test(message)) {
    return { code: 'too-many-partitions', advice: 'Insert fewer months at once.' }
  }
  if (/no space left on device|not enough space|disk quota exceeded|ENOSPC|EDQUOT/i.test(message)) {
    return {
      code: 'full',
      advice: 'The disk is full: make room; it goes on from where it stopped.',
    }
  }
  if (/Read-only file system|Permission denied|EROFS|EACCES|EPERM/i.test(message)) {
    return { code: 'full', advice: 'The data directory cannot be written: check its permissions.' }
  }
  return KINDS[type] ?? (type === '' ? UNKNOWN : REJECTED)
}

/** ClickHouse's name of the error. chDB brings its own copy of the client's error class. */
function typeOf(error: unknown): string {
  return error instanceof Error && 'type' in error && typeof error.type === 'string'
    ? error.type
    : ''
}

const REJECTED: Kind = { code: 'rejected', advice: '' }
const MIGRATE = 'Is the schema of this version there? Run `parcours migrate`.'
// Not ClickHouse's own word, so something between us and it: the connection, the engine, the disk.
const UNKNOWN: Kind = {
  code: 'unavailable',
  advice: 'Is it up, and does no other process hold its directory?',
}

const KINDS: Readonly<Record<string, Kind>> = {
  UNKNOWN_TABLE: { code: 'rejected', advice: MIGRATE },
  UNKNOWN_DATABASE: { code: 'rejected', advice: MIGRATE },
  UNKNOWN_IDENTIFIER: { code: 'rejected', advice: MIGRATE },
  NO_SUCH_COLUMN_IN_TABLE: { code: 'rejected', advice: MIGRATE },
  UNKNOWN_SETTING: { code: 'rejected', advice: 'Its version is too old; `parcours doctor` tells.' },
  UNKNOWN_FUNCTION: {
    code: 'rejected',
    advice: 'Its version is too old; `parcours doctor` tells.',
  },
  TIMEOUT_EXCEEDED: { code: 'timeout', advice: 'Ask for a shorter period, or try again.' },
  QUERY_WAS_CANCELLED: { code: 'timeout', advice: 'It was stopped; try again.' },
  TOO_MANY_PARTS: { code: 'unavailable', retryable: true, advice: 'Merges lag; it goes on later.' },
  TOO_MANY_SIMULTANEOUS_QUERIES: { code: 'unavailable', advice: 'Try again in a moment.' },
  MEMORY_LIMIT_EXCEEDED: {
    code: 'unavailable',
    advice: 'Ask for a shorter period or fewer groups, or give it more memory.',
  },
}
