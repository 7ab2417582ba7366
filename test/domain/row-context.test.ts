import { expect, test } from 'vitest'
import { BOUNDS } from '../../src/domain/bounds.ts'
import { hash64 } from '../../src/domain/digest.ts'
import { settingsOf } from '../../src/domain/generation.ts'
import { rowContextOf } from '../../src/domain/row-context.ts'
import { parseSite } from '../../src/domain/site.ts'

// More than are remembered.
const TEXTS = 12_000

test('a text is named in every dimension where it stands, however many others are asked for', () => {
  const site = 'shop'
  const settings = settingsOf(parseSite({ site, timeZone: 'UTC', currency: 'EUR' }))
  const context = rowContextOf({ number: 1, site, settings }, BOUNDS)
  for (let round = 0; round < 2; round++) {
    for (let index = 0; index < TEXTS; index++) {
      const text = `"text" ${index}`
      for (const dimension of ['source', 'medium']) {
        const row = `["${site}","${dimension}","${hash64(text)}",${JSON.stringify(text)}]`
        expect(context.nameRow(dimension, text)).toBe(row)
      }
    }
  }
})
