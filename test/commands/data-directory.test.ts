import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
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
