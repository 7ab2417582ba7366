import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isInMemory } from '../../bench/support/machine.ts'

test.skipIf(!existsSync('/dev/shm'))(
  'a directory that lies in memory is known as one, and another is not',
  async () => {
    expect(await isInMemory('/dev/shm')).toBe(true)
    expect(await isInMemory('/proc')).toBe(false)
  },
)
