import { test } from 'vitest'
import { Loops } from '../../processors/loops.ts'
import { LogError } from '../../src/ports/event-log.ts'
import { WarehouseError } from '../../src/ports/warehouse.ts'

test.concurrent.for([
  {
    name: 'a log that is away is asked every two seconds at last, so that it is soon known to be back',
    error: new LogError('unavailable', 'No broker answers.'),
    waits: [200, 400, 800, 1_600, 2_000],
  },
  {
    name: 'a warehouse that is away is left alone for longer and longer',
    error: new WarehouseError('unavailable', 'It does not answer.'),
    waits: [200, 400, 800, 1_600, 3_200],
  },
  {
    name: 'what this process may not do is tried again, as somebody may grant it',
    error: new LogError('denied', 'Not authorized.'),
    waits: [200, 400, 800, 1_600, 3_200],
  },
  {
    name: 'what can never go through is not tried again',
    error: new LogError('corrupt', 'It cannot be read.'),
    waits: [undefined],
  },
])('$name', async ({ error, waits }, { expect, onTestFinished }) => {
  const waited: (number | undefined)[] = []
  const loops = new Loops({
    failed: (_loop, _error, retryInMs) => waited.push(retryInMs),
    recovered: () => undefined,
  })
  onTestFinished(() => loops.stop())
  loops.spawn('a loop', () => Promise.reject(error))
  await expect.poll(() => waited.length).toBeGreaterThanOrEqual(waits.length)
  // Who looks late may see one more.
  expect(waited.slice(0, waits.length)).toEqual(waits)
  expect(loops.failures.size).toBe(waits[0] === undefined ? 1 : 0)
})

test.for([
  { code: 'closed', told: 0 },
  { code: 'rejected', told: 1 },
] as const)(
  'a turn that ends with a stop by "$code" is told $told times',
  async ({ code, told }, { expect }) => {
    const failed: Error[] = []
    const loops = new Loops({
      failed: (_loop, error) => failed.push(error),
      recovered: () => undefined,
    })
    const turn = Promise.withResolvers<boolean>()
    loops.spawn('a loop', () => turn.promise)
    const stopped = loops.stop()
    turn.reject(new WarehouseError(code, 'It was not done.'))
    await stopped
    expect(failed.length).toBe(told)
    expect(loops.failures.size).toBe(told)
  },
)
