import { WarehouseError } from '../../ports/warehouse.ts'
import { connectionKindOf, type Kind, KINDS } from './error-kinds.ts'

// ClickHouse says what matters first.
const MESSAGE_CHARACTERS_MAX = 600
// A page of a proxy says nothing after its title.
const PAGE_CHARACTERS_MAX = 120
// What follows are the values of a row, or a statement with the values that were bound: a message
// ends in a log, and they are somebody's data.
const DATA = /(\(at row \d+\)| in scope |: value (?=.*cannot be parsed)).*$/i

/** What went wrong, on what, whether a retry can help, and what to do. */
export function warehouseErrorOf(error: unknown, { what, where }: { what: string; where: string }) {
  if (error instanceof WarehouseError) return error
  const message = messageOf(error)
  const type = typeOf(error)
  const { code, retryable, advice } = kindOf(error, type, message)
  const said = message.replaceAll(/\s+/g, ' ').replace(DATA, '').slice(0, MESSAGE_CHARACTERS_MAX)
  return new WarehouseError(
    code,
    `ClickHouse (${where}) could not ${what}: ${sentence(said)} ${advice}`.trimEnd(),
    {
      cause: error,
      ...(retryable === undefined ? {} : { retryable }),
    },
  )
}

/** Whether the connection failed, or a proxy answered, and ClickHouse has not said a word itself. */
export function isConnectionFailure(error: unknown): boolean {
  return (
    error instanceof WarehouseError &&
    error.code === 'unavailable' &&
    error.cause !== undefined &&
    typeOf(error.cause) === ''
  )
}

function sentence(text: string): string {
  const trimmed = text.trim()
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`
}

function kindOf(error: unknown, type: string, message: string): Kind {
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
  if (type !== '') return KINDS[type] ?? REJECTED
  const original = error instanceof Error ? error.message : message
  return connectionKindOf(nodeCodeOf(error)) ?? (isPage(original) ? PROXY : UNKNOWN)
}

/** ClickHouse's name of the error. chDB brings its own copy of the client's error class. */
function typeOf(error: unknown): string {
  return error instanceof Error && 'type' in error && typeof error.type === 'string'
    ? error.type
    : ''
}

/** Where all addresses of a name were tried, the code stands on the whole, but the words do not. */
function nodeCodeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : ''
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(messageOf).join('; ')
  }
  if (error.message === '') return `an answer without a word ${nodeCodeOf(error)}`
  return isPage(error.message) ? textOfPage(error.message) : error.message
}

function isPage(message: string): boolean {
  // A status without a word is no answer of ClickHouse either.
  return message === '' || /<(!doctype|html|body|h1)\b/i.test(message) || PROXY_WORDS.test(message)
}

const PROXY_WORDS = /bad gateway|service (temporarily )?unavailable|gateway time-?out|no server is/i

function textOfPage(page: string): string {
  const text = page.replaceAll(/<(style|script)\b.*?<\/\1>|<[^>]*>/gis, ' ')
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, PAGE_CHARACTERS_MAX)
}

const REJECTED: Kind = { code: 'rejected', advice: '' }
const PROXY: Kind = {
  code: 'unavailable',
  advice: 'A proxy or load balancer answered in its place: is ClickHouse up behind it?',
}
// Not ClickHouse's own word, so something between us and it: the connection, the engine, the disk.
const UNKNOWN: Kind = {
  code: 'unavailable',
  advice: 'Is it up, and does no other process hold its directory?',
}
