import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AskedFunnel, journey, openFunnel, TODAY } from './asked-funnel.ts'

let funnel: AskedFunnel
beforeAll(async () => {
  funnel = await openFunnel()
})
afterAll(() => funnel?.close())

describe('periods', () => {
  test('of a trend cover the period without a gap, cut to it, empty ones too', async () => {
    // 29 June 2026 is a Monday.
    await funnel.given([
      journey(TODAY, { 1: 0 }),
      journey(TODAY - 1, { 1: 0 }),
      journey(TODAY - 2, { 1: 0 }),
    ])
    const { trend, stages } = await funnel.ask('?from=2026-06-20&to=2026-06-30&trend=week')
    expect(trend!.map(({ from, to, stages }) => [from, to, stages[0]!.reached])).toEqual([
      ['2026-06-20', '2026-06-21', 0],
      ['2026-06-22', '2026-06-28', 1],
      ['2026-06-29', '2026-06-30', 2],
    ])
    expect(stages[0]!.reached).toBe(3)
    const months = await funnel.ask('?from=2026-05-31&to=2026-06-30&trend=month')
    expect(months.trend!.map(({ from, to }) => [from, to])).toEqual([
      ['2026-05-31', '2026-05-31'],
      ['2026-06-01', '2026-06-30'],
    ])
    expect((await funnel.ask('?from=2026-06-20&trend=day')).trend).toHaveLength(11)
  })

  test('to compare with are the days before, a year before, or those that are named', async () => {
    await funnel.given([journey(TODAY - 40, { 1: 0 })])
    const of = async (query: string) => {
      const { compare } = await funnel.ask(query)
      return [compare!.from, compare!.to, compare!.stages[0]!.reached]
    }
    expect(await of('?compare=previous')).toEqual(['2026-05-02', '2026-05-31', 1])
    expect(await of('?compare=year')).toEqual(['2025-06-01', '2025-06-30', 0])
    expect(await of('?compare=2026-05-21..2026-05-21')).toEqual(['2026-05-21', '2026-05-21', 1])
    expect(await of('?from=2024-02-29&to=2024-03-01&compare=year')).toEqual([
      '2023-02-28',
      '2023-03-01',
      0,
    ])
  })

  test('where only one end is given, the other follows', async () => {
    await funnel.given([journey(TODAY, { 1: 0 })])
    expect((await funnel.ask('?from=2026-06-01')).receipt).toMatchObject({
      from: '2026-06-01',
      to: '2026-06-30',
    })
    expect((await funnel.ask('?to=2026-03-30')).receipt).toMatchObject({
      from: '2026-03-01',
      to: '2026-03-30',
    })
    // A start in the future is that day.
    expect((await funnel.ask('?from=2026-08-01')).receipt).toMatchObject({
      from: '2026-08-01',
      to: '2026-08-01',
    })
  })
})

describe('the receipt', () => {
  test('says what the figures are of, and what the ledger adds up to', async () => {
    await funnel.given([journey(TODAY - 5, { 1: 0 })])
    const chunk = (partition: number, duplicates: number, newest: string) =>
      JSON.stringify([
        ...[
          'shop',
          'log',
          partition,
          0,
          10,
          '2026-06-30 00:00:00.000',
          5,
          4,
          duplicates,
          3,
          newest,
        ],
      ])
    const before = (await funnel.ask()).receipt
    await funnel.warehouse.insert({
      table: 'chunks',
      rows: [chunk(0, 2, '2026-06-30 10:00:00.123'), chunk(1, 5, '1970-01-01 00:00:00.000')],
      token: 'chunks',
    })
    await funnel.warehouse.insert({
      table: 'names',
      rows: [JSON.stringify(['shop', 'machine', '77', 'd:bot'])],
      token: 'machines',
    })
    const { receipt } = await funnel.ask()
    expect(before).toMatchObject({
      newestTouchpointAt: null,
      duplicatesDropped: 0,
      machinesLeftOut: 0,
    })
    expect(receipt).toMatchObject({
      site: 'shop',
      model: { name: 'ecommerce', version: 1 },
      generation: funnel.generation().number,
      currency: 'EUR',
      cohort: 'start',
      windowSeconds: null,
      newestTouchpointAt: '2026-06-30T10:00:00.123Z',
      duplicatesDropped: 7,
      correctionsApplied: 6,
      machinesLeftOut: 1,
      currenciesNotConverted: 0,
    })
    expect(receipt.rowsRead).toBeGreaterThan(0)
    expect(receipt.elapsedMs).toBeGreaterThanOrEqual(0)
  })
})
