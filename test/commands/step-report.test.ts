import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { stepReport } from '../../src/commands/step-report.ts'
import { LogError } from '../../src/ports/event-log.ts'
import { WarehouseError } from '../../src/ports/warehouse.ts'

const TIMES = { gatherMs: 50, remindMs: 300, calmMs: 100 }
const AWAY = new LogError('unavailable', 'Kafka at k:9092 failed. Is it up?')
const LANES = Array.from({ length: 17 }, (_, index) => `journey/${index}`)

// How many lines there are depends on what time it is, and a busy machine would decide that.
beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const pass = (ms: number) => vi.advanceTimersByTime(ms)

function listening() {
  const lines: Record<string, unknown>[] = []
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>)
  return { report: stepReport(pino({ base: null }, { write }), TIMES), lines }
}

test('an outage that all lanes feel is told once, again while it lasts, and once when it is over', () => {
  const { report, lines } = listening()
  for (let tries = 0; tries < 20; tries++) {
    for (const lane of LANES) report.failed(lane, AWAY, 200)
    pass(20)
  }
  for (const lane of LANES) report.recovered(lane)
  pass(2 * TIMES.calmMs)
  expect(lines).toMatchObject([
    {
      ...{ lanes: 17, msg: 'steps fail and try again', reason: AWAY.message },
      names: expect.stringContaining('13 more'),
    },
    { lanes: 17, msg: 'steps still fail and try again' },
    { lanes: 17, msg: 'steps go on', level: 30 },
  ])
})

test('who fails, goes on and fails again within moments had not recovered', () => {
  const { report, lines } = listening()
  for (let tries = 0; tries < 2; tries++) {
    report.failed('journey/1', AWAY, 200)
    // As long as it would have had to be well.
    pass(TIMES.calmMs + 20)
    report.recovered('journey/1')
    pass(10)
  }
  pass(2 * TIMES.calmMs)
  expect(lines.map(({ msg }) => msg)).toEqual(['steps fail and try again', 'steps go on'])
})

test('of two things that are away at once both are named', () => {
  const { report, lines } = listening()
  report.failed('journey/1', AWAY, 200)
  report.failed('warehouse/0', new WarehouseError('unavailable', 'ClickHouse is away.'), 200)
  pass(2 * TIMES.gatherMs)
  expect(lines).toMatchObject([{ reason: `${AWAY.message} ClickHouse is away.` }])
})

test('a step that stops for good is told at once, and a stop tells what nobody was told yet', () => {
  const { report, lines } = listening()
  report.failed('journey/2', new Error('unreadable'), undefined)
  report.failed('journey/1', AWAY, 200)
  report.close()
  expect(lines.map(({ msg }) => msg)).toEqual(['a step stopped', 'steps fail and try again'])
})
