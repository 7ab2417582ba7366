import { expect, test } from 'vitest'
import { interleave } from '../../bench/support/rounds.ts'

test('both sides run in turn, the first of a round is the second of the next, and never two at once', async () => {
  const seen: string[] = []
  let running = 0
  const side = (name: string) => async (round: number) => {
    expect(++running).toBe(1)
    seen.push(`${name}${round}`)
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    running--
    return `${name}${round}`
  }
  const samples = await interleave(3, { ours: side('o'), floor: side('f') })
  expect(seen).toEqual(['o0', 'f0', 'f1', 'o1', 'o2', 'f2'])
  expect(samples).toEqual({ ours: ['o0', 'o1', 'o2'], floor: ['f0', 'f1', 'f2'] })
})
