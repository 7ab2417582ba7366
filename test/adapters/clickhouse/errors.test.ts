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
})
