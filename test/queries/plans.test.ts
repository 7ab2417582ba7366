import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Generation } from '../../src/domain/generation.ts'
import type { Warehouse } from '../../src/ports/warehouse.ts'
import { funnel } from '../../queries/funnel.ts'
import { parseFunnelRequest } from '../../queries/funnel-request.ts'
import { SETTINGS } from '../support/reference/make.ts'
import { openWarehouse } from '../warehouse/open-warehouse.ts'

const generation: Generation = { number: 1, site: 'shop', settings: SETTINGS }
const DAYS = 200
const JOURNEYS = 60_000

let warehouse: Warehouse
beforeAll(async () => {
  warehouse = await openWarehouse()
  // A year and a half of journeys, more than a granule a day: what is pruned shows.
  const columns = (stage: number) => `
    'shop', 1, sipHash64(number), sipHash64(number, 1), toDate('2026-01-01') + number % ${DAYS} AS day,
    ${stage}, day, 0, 1 + number % 3, ${stage === 0 ? 'day + 1' : 'toDate(0)'}, 0,
    ${stage > 1 ? `${stage - 1}, number` : '0, 0'},
    ${stage === 0 ? '[0, 5, 9, -1, -1, -1], [day, day, day, toDate(0), toDate(0), toDate(0)], [0, 0, 0, 0, 0, 0]' : '[], [], []'},
    1 + number % 12, number % 7, number % 2, number % 50, 0, 0, 0, 0, 0, [], 0, 0, 1`
  for (const stage of [0, 1, 2, 3]) {
    await warehouse.command(
      `INSERT INTO milestones SELECT ${columns(stage)} FROM numbers(${JOURNEYS})`,
    )
  }
  await warehouse.command(
    `INSERT INTO chunks SELECT 'shop', 'log', 0, number, number + 1, now(), 1, 1, 0, 0, now() FROM numbers(20000)`,
  )
})
afterAll(() => warehouse?.close())

type Plan = { statement: string; reads: string; rows: number; text: string }

/** How ClickHouse would answer each statement that a question makes. */
async function plansOf(question: Record<string, string>): Promise<Record<string, Plan>> {
  const plans: Record<string, Plan> = {}
  const explaining: Warehouse = {
    ...warehouse,
    async query(sql, parameters) {
      const { rows } = await warehouse.query<{ explain: string }>(
        `EXPLAIN indexes = 1, projections = 1 ${sql}`,
        parameters,
      )
      const text = rows.map(({ explain }) => explain).join('\n')
      const statement = /-- (?:One row|As)[^\n]*/.exec(sql)![0]
      const answer = await warehouse.query<never>(sql, parameters)
      const reads = /ReadFromMergeTree \(([^)]+)\)/.exec(text)?.[1] ?? 'nothing'
      plans[nameOf(sql)] = { statement, reads, rows: answer.rowsRead, text }
      return answer
    },
  }
  await funnel(parseFunnelRequest({ from: '2026-04-01', to: '2026-04-30', ...question }), {
    warehouse: explaining,
    generation,
    now: () => Date.parse('2026-07-01'),
  })
  return plans
}

/** By what only one of the statements has. */
function nameOf(sql: string): string {
  if (sql.includes('FROM chunks')) return 'receipt'
  if (sql.includes('AS time_bucket')) return sql.includes(' 0 AS key') ? 'times' : 'group times'
  if (sql.includes('idle_days')) return 'counts'
  if (sql.includes('unconverted')) return 'unconverted'
  return sql.includes('AS value') ? 'groups' : 'tracking'
}

describe('the funnel of a period', () => {
  test.each([
    ['by stage', {}],
    ['by channel', { by: 'channel' }],
    ['of a channel', { channel: 'email' }],
    ['as a trend', { trend: 'week' }],
    ['as a trend by channel', { trend: 'day', by: 'channel' }],
    ['compared', { compare: 'previous', by: 'channel' }],
  ])('%s reads projections, never the rows', async (_, question) => {
    const plans = await plansOf(question)
    expect(plans['counts']).toMatchObject({ reads: 'counts' })
    // Of a filtered question it is asked on its own.
    expect(plans['tracking']?.reads ?? 'counts').toBe('counts')
    expect(plans['receipt']).toMatchObject({ reads: 'totals' })
    const times = [plans['times'], plans['group times']].filter((plan) => plan !== undefined)
    expect(times.map(({ reads }) => reads)).toEqual(times.map(() => 'times'))
    expect(times.length).toBe('trend' in question && 'by' in question ? 2 : 1)
    // A month of 200 days, and one row of a projection stands for many.
    expect(plans['counts']!.rows).toBeLessThan(JOURNEYS / 4)
  })

  test('with a window reads the standings of the period alone', async () => {
    const { counts } = await plansOf({ window: '30d' })
    expect(counts!.reads).toMatch(/milestones$/)
    // The granules of its months: all of stage 0, none of the others.
    expect(counts!.rows).toBeLessThan(JOURNEYS / 2)
    expect(counts!.text).toMatch(/Condition: .*stage in \[0, 0\]/)
  })

  test('leaves out the months that it does not ask for', async () => {
    const { counts } = await plansOf({ from: '2026-02-01', to: '2026-02-28', window: '30d' })
    // One of the seven months of 200 days.
    expect(counts!.rows).toBeLessThan(JOURNEYS / 5)
  })
})
