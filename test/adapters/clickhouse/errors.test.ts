import { expect, test } from 'vitest'
import { warehouseErrorOf } from '../../../src/adapters/clickhouse/errors.ts'
import { WarehouseError } from '../../../src/ports/warehouse.ts'

const about = { what: 'insert 2 rows into names', where: 'chDB in /data' }

function clickHouse(type: string, message: string): Error {
  return Object.assign(new Error(message), { type })
}

test.each([
  [
    'a full disk, by ClickHouse',
    clickHouse('NOT_ENOUGH_SPACE', 'Cannot reserve 1.00 MiB, not enough space.'),
    'full',
    true,
  ],
  ['a full disk, by the system', new Error('ENOSPC: no space left on device, write'), 'full', true],
  [
    'a full disk, half-way through a file',
    clickHouse('CANNOT_WRITE_TO_FILE_DESCRIPTOR', 'errno: 28, strerror: No space left on device'),
    'full',
    true,
  ],
  ['a quota', new Error('EDQUOT: disk quota exceeded, write'), 'full', true],
  [
    'a disk that cannot be written',
    clickHouse('CANNOT_OPEN_FILE', 'errno: 30, strerror: Read-only file system'),
    'full',
    true,
  ],
  ['a directory of another user', new Error('EACCES: permission denied, open'), 'full', true],
  [
    'too many months',
    clickHouse('TOO_MANY_PARTS', 'Too many partitions for single INSERT block (more than 100).'),
    'too-many-partitions',
    false,
  ],
  [
    'merges that lag',
    clickHouse('TOO_MANY_PARTS', 'Too many parts (3000) in table'),
    'unavailable',
    true,
  ],
  ['memory', clickHouse('MEMORY_LIMIT_EXCEEDED', 'would use 9 GiB'), 'unavailable', true],
  ['time', clickHouse('TIMEOUT_EXCEEDED', 'Timeout exceeded: elapsed 30 s'), 'timeout', true],
  [
    'a statement that is wrong',
    clickHouse('SYNTAX_ERROR', 'failed at position 1'),
    'rejected',
    false,
  ],
  ['a connection that broke', new Error('ECONNREFUSED'), 'unavailable', true],
] as const)('%s is told apart, with whether a retry can help', (_, error, code, retryable) => {
  const mapped = warehouseErrorOf(error, about)
  expect(mapped).toMatchObject({ code, retryable, cause: error })
  expect(mapped.message).toContain('ClickHouse (chDB in /data) could not insert 2 rows into names')
})

const server = { what: 'answer a query', where: 'http://ch:8123, database parcours' }

function node(code: string, message = `connect ${code}`): Error {
  return Object.assign(new Error(message), { code })
}

test.each([
  ['nobody listens', node('ECONNREFUSED'), 'unavailable', true, 'PARCOURS_WAREHOUSE names it'],
  ['a name that nobody has', node('ENOTFOUND'), 'unavailable', true, 'does DNS answer?'],
  ['a name server that is down', node('EAI_AGAIN'), 'unavailable', true, 'does DNS answer?'],
  ['no way there', node('EHOSTUNREACH'), 'unavailable', true, 'Is it up'],
  [
    'a connection that broke off',
    node('ECONNRESET', 'socket hang up'),
    'unavailable',
    true,
    'broke off',
  ],
  [
    'an answer that broke off',
    node('Z_BUF_ERROR', 'unexpected end of file'),
    'unavailable',
    true,
    'broke off',
  ],
  [
    'a certificate of its own',
    node('DEPTH_ZERO_SELF_SIGNED_CERT'),
    'denied',
    true,
    'PARCOURS_CLICKHOUSE_CA',
  ],
  ['a certificate that is over', node('CERT_HAS_EXPIRED'), 'denied', true, 'renew it'],
  ['another name', node('ERR_TLS_CERT_ALTNAME_INVALID'), 'denied', true, 'another name'],
  ['another protocol', node('HPE_INVALID_CONSTANT'), 'denied', true, '8123'],
  ['another port', node('ERR_SSL_WRONG_VERSION_NUMBER'), 'denied', true, '8443'],
  [
    'a wrong password',
    clickHouse('AUTHENTICATION_FAILED', 'bob: Authentication failed'),
    'denied',
    true,
    'PARCOURS_CLICKHOUSE_USER',
  ],
  [
    'a grant that is missing',
    clickHouse('ACCESS_DENIED', 'bob: Not enough privileges'),
    'denied',
    true,
    'Grant it: SELECT, INSERT',
  ],
  [
    'a user who may only read',
    clickHouse('READONLY', "Cannot modify 'max_execution_time' setting in readonly mode"),
    'denied',
    true,
    'readonly = 0',
  ],
  [
    'a profile that forbids a setting',
    clickHouse('SETTING_CONSTRAINT_VIOLATION', 'Setting async_insert should not be changed'),
    'denied',
    true,
    'constraint on what the message names',
  ],
  [
    'a database that is not there',
    clickHouse('UNKNOWN_DATABASE', 'Database parcours does not exist'),
    'rejected',
    false,
    'PARCOURS_CLICKHOUSE_DATABASE',
  ],
  [
    'merges that lag',
    clickHouse('TOO_MANY_PARTS', 'Too many parts (3000) in table'),
    'unavailable',
    true,
    'Merges lag',
  ],
  [
    'a quorum that is not there',
    clickHouse('TOO_FEW_LIVE_REPLICAS', 'Number of alive replicas (1) is less than requested'),
    'unavailable',
    true,
    'Too few replicas',
  ],
  [
    'an insert of unknown end',
    clickHouse('UNKNOWN_STATUS_OF_INSERT', 'Unknown status, client must retry'),
    'unavailable',
    true,
    'goes on by itself',
  ],
  [
    'a replica that lags',
    clickHouse('REPLICA_IS_NOT_IN_QUORUM', 'Replica has no part'),
    'unavailable',
    true,
    'goes on by itself',
  ],
  ['a server that stops', clickHouse('ABORTED', 'Server is stopping'), 'unavailable', true, 'stop'],
] as const)('of a server, %s says what to do', (_, error, code, retryable, advice) => {
  const mapped = warehouseErrorOf(error, server)
  expect(mapped).toMatchObject({ code, retryable })
  expect(mapped.message).toContain(advice)
  expect(mapped.message).toContain('http://ch:8123, database parcours')
})

test('where every address of a name was tried, each is said', () => {
  const all = new AggregateError([node('ECONNREFUSED', 'connect ECONNREFUSED ::1:8123')], '')
  const mapped = warehouseErrorOf(Object.assign(all, { code: 'ECONNREFUSED' }), server)
  expect(mapped.message).toContain('connect ECONNREFUSED ::1:8123. Is it up')
})

test('of a page that a proxy wrote only its text is said', () => {
  const page = `<html><head><style>b { }</style><title>502 Bad Gateway</title></head><body>${'x'.repeat(5_000)}</body></html>`
  const { message, code } = warehouseErrorOf(new Error(page), server)
  expect(code).toBe('unavailable')
  expect(message).toContain('502 Bad Gateway x')
  expect(message).not.toContain('<')
  expect(message.length).toBeLessThan(400)
})

test.each([
  ['UNKNOWN_TABLE', 'parcours migrate'],
  ['NO_SUCH_COLUMN_IN_TABLE', 'parcours migrate'],
  ['UNKNOWN_SETTING', 'too old'],
])('%s says what to do', (type, advice) => {
  expect(warehouseErrorOf(clickHouse(type, 'x'), about).message).toContain(advice)
})

test('what is one of our errors already stays as it is, and a long message is cut', () => {
  const closed = new WarehouseError('closed', 'closed')
  expect(warehouseErrorOf(closed, about)).toBe(closed)
  expect(warehouseErrorOf(new Error('x'.repeat(10_000)), about).message.length).toBeLessThan(1_000)
})

test('no value of a row or a question ends in a message', () => {
  const parsed = clickHouse(
    'CANNOT_PARSE',
    'Cannot parse input: (at row 2)\n: Row 1: Column 3, parsed text: ada@x.org',
  )
  expect(warehouseErrorOf(parsed, about).message).not.toContain('ada@x.org')
  const asked = clickHouse(
    'UNKNOWN_IDENTIFIER',
    "Unknown identifier `x` in scope SELECT 'ada@x.org'",
  )
  expect(warehouseErrorOf(asked, about).message).not.toContain('ada@x.org')
  const bound = clickHouse(
    'BAD_QUERY_PARAMETER',
    "Cannot parse: value ada@x.org cannot be parsed as UInt8 for query parameter 'n'",
  )
  expect(warehouseErrorOf(bound, about).message).not.toContain('ada@x.org')
})
