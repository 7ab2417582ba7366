import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { inSlices } from '../../processors/slices.ts'

const PIECE_MS = 2

test('a turn of the loop has one slice, however much work is under way', async () => {
  // 160 ms of work: with a slice for each there would be four turns of 40 ms.
  expect(await turnsOf(Array.from({ length: 8 }, () => pieces(10)))).toBeGreaterThan(15)
})

test('what is short does not wait until what is long is done', async () => {
  const order: string[] = []
  const long = inSlices(pieces(50)).then(() => order.push('long'))
  const short = inSlices(pieces(1)).then(() => order.push('short'))
  await Promise.all([long, short])
  expect(order).toEqual(['short', 'long'])
})

test('work that fails rejects, and leaves the slices to others', async () => {
  const failing = inSlices(
    (function* () {
      yield
      throw new Error('It cannot go on.')
    })(),
  )
  const other = inSlices(pieces(3))
  await expect(failing).rejects.toThrow('It cannot go on.')
  expect(await other).toBe(3)
  expect(await inSlices(pieces(1))).toBe(1)
})

test('short pieces share a turn of the loop', async () => {
  expect(await turnsOf(Array.from({ length: 100 }, () => pieces(0)))).toBeLessThan(20)
})

/** Turns of the event loop until all is done. */
async function turnsOf(works: readonly Generator<void, number>[]): Promise<number> {
  const state = { turns: 0, isDone: false }
  const done = Promise.all(works.map(inSlices)).then(() => (state.isDone = true))
  for (; !state.isDone; state.turns++) await turn()
  await done
  return state.turns
}

function* pieces(count: number): Generator<void, number> {
  for (let piece = 0; piece < count; piece++) {
    for (const untilMs = performance.now() + PIECE_MS; performance.now() < untilMs;);
    yield
  }
  return count
}
