import { expect, test } from 'vitest'
import { onOneGeneration, type QueryDependencies } from '../../queries/funnel-api.ts'
import { settingsOf, type Generation } from '../../src/domain/generation.ts'
import { parseSite } from '../../src/domain/site.ts'

test('an answer during which readers switched to another generation is asked for again', async () => {
  const settings = settingsOf(parseSite({}))
  let current: Generation = { number: 1, site: 'shop', settings }
  const asked: number[] = []
  const answer = await onOneGeneration(
    { generation: () => current } as QueryDependencies,
    async ({ number }) => {
      asked.push(number)
      // The rows of the first may be dropped half-way through this.
      await Promise.resolve()
      current = { number: 2, site: 'shop', settings }
      return `of generation ${number}`
    },
  )
  expect(answer).toBe('of generation 2')
  expect(asked).toEqual([1, 2])
})
