import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { crashContract } from '../../contracts/crash.ts'

crashContract('LMDB', async () => {
  const argument = await mkdtemp(join(tmpdir(), 'parcours-crash-'))
  onTestFinished(() => rm(argument, { recursive: true }))
  return { opener: new URL('open-store.ts', import.meta.url), argument }
})
