import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const BENCH = fileURLToPath(new URL('../../bench/bench.ts', import.meta.url))
const NO_DIRECTORY = fileURLToPath(new URL('./no-directory', import.meta.url))

function run(...options: string[]) {
  const args = ['--disable-warning=ExperimentalWarning', BENCH, ...options]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('help names every measure, gives examples and says the exit codes', () => {
  const { status, stdout } = run('--help')
  expect(status).toBe(0)
  expect(stdout).toMatch(/^ {2}pipeline-kafka \S/m)
  expect(stdout).toContain('$ npm run bench -- --full')
  expect(stdout).toMatch(/Exit codes: .*/)
})

test.each([
  ['a measure that there is not', ['--only', 'nothing'], 'There is no measure nothing'],
  ['no measure', ['--only'], 'argument missing'],
  ['an option that there is not', ['--fast'], "unknown option '--fast'"],
  ['a directory that there is not', ['--directory', NO_DIRECTORY], '--directory'],
  ['profiles where a file is', ['--profile', BENCH], 'Name another with --profile'],
])('%s is wrong usage: one sentence that says what to do, no stack', (_, options, said) => {
  const { status, stdout, stderr } = run('--json', ...options)
  expect(status).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toContain(said)
  expect(stderr).not.toMatch(/^ {4}at /m)
})

test('what it is told wrong leaves no temporary data', () => {
  const directory = mkdtempSync(join(tmpdir(), 'parcours-test-bench-'))
  run('--directory', directory, '--profile', BENCH)
  expect(readdirSync(directory)).toEqual([])
  rmdirSync(directory)
})
