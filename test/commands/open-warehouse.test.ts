import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/data-directory.ts'
import { ended, ROOT } from './run-cli.ts'

/** The command line on a machine where chDB was not installed. */
function withoutChdb(words: string[], env: Record<string, string>) {
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--import',
      join(ROOT, 'test/support/without-chdb.ts'),
      join(ROOT, 'src/cli.ts'),
      ...words,
    ],
    { env: { PATH: process.env['PATH'], UV_THREADPOOL_SIZE: '16', ...env } },
  )
  child.stdin.end()
  return ended(child)
}

describe('without chDB', () => {
  test('the embedded warehouse says what to install, or to name a server', async () => {
    const data = await temporaryDirectory()
    const { code, stderr } = await withoutChdb(['start'], {
      PARCOURS_DATA: data,
      PARCOURS_PORT: '0',
    })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^parcours: The package chdb, .* is not installed/m)
    expect(stderr).toContain('PARCOURS_WAREHOUSE')
  })

  test('a server is asked all the same', async () => {
    const data = await temporaryDirectory()
    const { code, stderr } = await withoutChdb(['migrate'], {
      PARCOURS_DATA: data,
      PARCOURS_WAREHOUSE: 'http://somebody:secret-word@127.0.0.1:1',
    })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^parcours: ClickHouse \(http:\/\/127\.0\.0\.1:1, database parcours\)/)
    expect(stderr).toContain('ECONNREFUSED')
    expect(stderr).not.toContain('secret-word')
  })
})

test('a file of certificates that is not there is named', async () => {
  const data = await temporaryDirectory()
  const { code, stderr } = await withoutChdb(['migrate'], {
    PARCOURS_DATA: data,
    PARCOURS_WAREHOUSE: 'https://127.0.0.1:1',
    PARCOURS_CLICKHOUSE_CA: '/nowhere/ca.pem',
  })
  expect(code).toBe(1)
  expect(stderr).toContain('PARCOURS_CLICKHOUSE_CA names /nowhere/ca.pem')
})
