import { describe, expect, test } from 'vitest'
import { lagMeter, rateMeter, startWatch } from '../../src/commands/demo-watch.ts'

describe('the lag', () => {
  test('is how long the last measurement took, or the one under way where that is longer', async () => {
    let nowMs = 1_000
    const waiting: (() => void)[] = []
    const drained = () => new Promise<void>((resolve) => waiting.push(resolve))
    const lag = lagMeter({ drained, now: () => nowMs })
    await lag.measure()
    nowMs += 3_000
    expect(lag.seconds()).toBe(3)
    // Asked again while one is under way, it does not begin another.
    await lag.measure()
    expect(waiting).toHaveLength(1)
    waiting.shift()!()
    await settled()
    nowMs += 10_000
    expect(lag.seconds()).toBe(3)
    await lag.measure()
    nowMs += 1_000
    expect(lag.seconds()).toBe(3)
    nowMs += 4_000
    expect(lag.seconds()).toBe(5)
  })

  test('fails with what stopped the system', async () => {
    const stopped = new Error('journey/0 stopped')
    const lag = lagMeter({ drained: () => Promise.reject(stopped), now: () => 0 })
    await lag.measure()
    await settled()
    await expect(lag.measure()).rejects.toBe(stopped)
  })
})

test('the rate is that of the last seconds, not of the whole time', () => {
  let nowMs = 0
  const rate = rateMeter(() => nowMs)
  expect(rate(0)).toBe(0)
  for (let second = 1; second <= 60; second++) {
    nowMs = second * 1_000
    rate(second <= 50 ? second * 1_000 : 50_000 + (second - 50) * 100)
  }
  expect(rate(51_000)).toBeCloseTo(100, -1)
})

describe('a watch', () => {
  test('works again and again until it is stopped', async () => {
    const works: number[] = []
    const watch = startWatch([
      async () => {
        works.push(works.length)
        return 0
      },
    ])
    while (works.length < 3) await settled()
    await watch.stop()
    const worked = works.length
    await settled()
    expect(works).toHaveLength(worked)
    expect(watch.failed.aborted).toBe(false)
  })

  test('tells the first failure', async () => {
    const failure = new Error('the funnel does not answer')
    const watch = startWatch([async () => 10_000, () => Promise.reject(failure)])
    while (!watch.failed.aborted) await settled()
    expect(watch.failed.reason).toBe(failure)
    await watch.stop()
  })
})

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
