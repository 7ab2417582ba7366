import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { cannotTrace, isFlush, systemCallsOf } from '../../support/system-calls.ts'

const CHILD = join(import.meta.dirname, 'chdb-child.ts')
const PROJECTION_FILES = /\.proj\/(data\.bin|[a-z_0-9%().]+\.bin|checksums\.txt|columns\.txt)$/

test.skipIf(cannotTrace() !== undefined)(
  'every file of a part, of its projections and of the log of tokens is flushed before an insert resolves',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'parcours-durable-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    const { calls } = await systemCallsOf([
      process.execPath,
      CHILD,
      join(directory, 'chdb'),
      'token',
      'close',
    ])
    const told = calls.find(
      ({ name, text }) => name.startsWith('write') && text.includes('"inserted'),
    )
    expect(told).toBeDefined()
    const before = calls.filter(({ ended }) => ended < told!.began)

    // The parts of January and February; a part is written under a temporary name.
    const written = new Set(
      before
        .filter(({ name, text }) => name === 'openat' && /O_WRONLY|O_RDWR/.test(text))
        .flatMap(({ text }) => /"([^"]*\/tmp_insert_1-20260[12][^"]*)"/.exec(text)?.[1] ?? [])
        .map(finalPath),
    )
    expect([...written].filter((path) => !path.includes('.proj/')).length).toBeGreaterThan(10)
    expect([...written].filter((path) => PROJECTION_FILES.test(path)).length).toBeGreaterThan(8)

    const flushed = new Set(before.filter(isFlush).map(({ file }) => finalPath(file ?? '')))
    expect([...written].filter((path) => !flushed.has(path))).toEqual([])
    // And the names: of the parts in their table, of the files in their part.
    const parts = new Set([...written].map((path) => path.replace(/(\/1-2026[^/]*)\/.*$/, '$1')))
    expect(parts.size).toBe(2)
    for (const part of parts) {
      expect(flushed).toContain(part)
      expect(flushed).toContain(part.slice(0, -basename(part).length - 1))
    }
    const tokens = [...flushed].filter((path) => /deduplication_log_\d+\.txt$/.test(path))
    expect(tokens).toHaveLength(1)
  },
  300_000,
)

/** strace shows the name at the time of the call. */
function finalPath(path: string): string {
  return path.replace('/tmp_insert_', '/').replace(/\/$/, '')
}
