import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { sharedAnswer } from '../../src/commands/shared-answer.ts'

test('a hundred at once are two questions, and no answer is older than who asked', async () => {
  let asked = 0
  const answer = sharedAnswer(async () => {
    const mine = ++asked
    await turn()
    return mine
  })
  const first = answer()
  const others = Array.from({ length: 99 }, () => answer())
  expect(await first).toBe(1)
  const late = answer()
  expect(new Set(await Promise.all(others))).toEqual(new Set([2]))
  expect(await late).toBe(3)
  expect(await answer()).toBe(4)
  expect(asked).toBe(4)
})

test('one that fails fails for those who share it, and the next is asked', async () => {
  let asked = 0
  const answer = sharedAnswer(async () => {
    await turn()
    if (++asked <= 2) throw new Error(`No answer to ${asked}.`)
    return asked
  })
  const [first, ...shared] = await Promise.allSettled([answer(), answer(), answer()])
  expect(first).toMatchObject({ reason: { message: 'No answer to 1.' } })
  expect(shared).toMatchObject([
    { reason: { message: 'No answer to 2.' } },
    { reason: { message: 'No answer to 2.' } },
  ])
  expect(await answer()).toBe(3)
})
