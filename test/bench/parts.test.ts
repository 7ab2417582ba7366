import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SPARING } from '../../bench/support/parts.ts'

test('warehouse role and reader are measured with the bounds that the launcher gives them', () => {
  const launcher = readFileSync(new URL('../../src/parcours.mjs', import.meta.url), 'utf8')
  const constantOf = (name: string) =>
    new RegExp(`^const ${name} = '(.*)'$`, 'm').exec(launcher)?.[1]
  const [options, ownMappingBytesMin] = Object.values(SPARING)
  expect(options?.split(' ')).toContain(constantOf('YOUNG_MEMORY'))
  expect(ownMappingBytesMin).toBe(constantOf('OWN_MAPPING_BYTES_MIN'))
})
