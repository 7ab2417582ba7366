import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lockDirectory } from '../../src/adapters/directory-lock.ts'
import { temporaryDirectory } from '../support/data-directory.ts'
import { runCli } from './run-cli.ts'

test('a data directory that is a file, or lies below one, is told as that', async () => {
  const file = join(await temporaryDirectory(), 'notes')
  await writeFile(file, '')
  for (const data of [file, join(file, 'below')]) {
    const { code, stderr } = await runCli(['start', '--data', data, '--port', '0'])
    expect(code).toBe(1)
    expect(stderr).toBe(
      `parcours: ${data} cannot be the data directory: a file is there, or on the way to it. Name another with PARCOURS_DATA.\n`,
    )
  }
})

test('a command is not told to stop a process that cannot be asked yet', async () => {
  const data = await temporaryDirectory()
  const lock = await lockDirectory(data)
  const { code, stderr } = await runCli(['funnel', '--data', data])
  await lock.release()
  expect(code).toBe(1)
  expect(stderr).toContain(`${data} is in use by process ${process.pid} (`)
  expect(stderr).toContain('which does not answer: it is starting, or waits for what its log names')
  expect(stderr).not.toContain('Stop it')
})
