import { expect, test } from 'vitest'
import { type Key, keyHash, keyNumber, numberOfHash } from '../../src/domain/keys.ts'

// More than are remembered.
const KEYS = 12_000

test('a key of a site has one hash, its own, however many others are asked for', () => {
  const keys = Array.from({ length: KEYS }, (_, index): Key => `d:${index}`).flatMap((key) => [
    { site: 'a', key },
    { site: 'b', key },
  ])
  const hashes = keys.map(({ site, key }) => keyHash(site, key))
  expect(hashes.map(numberOfHash)).toEqual(keys.map(({ site, key }) => keyNumber(site, key)))
  expect(keys.map(({ site, key }) => keyHash(site, key))).toEqual(hashes)
})
