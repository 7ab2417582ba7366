import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hash64 } from '../../src/domain/digest.ts'
import { GROUPS_MAX } from '../../queries/groups.ts'
import { type AskedFunnel, journey, openFunnel, times, TODAY } from './asked-funnel.ts'

let funnel: AskedFunnel
beforeAll(async () => {
  funnel = await openFunnel()
})
afterAll(() => funnel?.close())

describe('groups', () => {
  test('are by the text of the dimension, the largest first, and "" for none', async () => {
    const of = (source: string) => journey(TODAY - 5, { 1: 0 }, { attributes: { source } })
    await funnel.given([of('google'), of('google'), of(''), of("it's \\ {x:String}\n\n;")])
    await funnel.warehouse.insert({
      table: 'names',
      rows: ['google', "it's \\ {x:String}\n\n;"].map((text) =>
        JSON.stringify(['shop', 'source', hash64(text), text]),
      ),
      token: 'names',
    })
    const { groups, stages } = await funnel.ask('?by=source')
    expect(groups!.map(({ key, stages }) => [key, stages[0]!.reached])).toEqual([
      ['google', 2],
      ...[
        ['', 1],
        ["it's \\ {x:String}\n\n;", 1],
      ].sort(() => (groups![1]!.key === '' ? 0 : -1)),
    ])
    expect(stages[0]!.reached).toBe(4)
  })

  test('beyond the most frequent are one group, and the answer says so', async () => {
    const count = GROUPS_MAX + 10
    await funnel.given(
      times(count + 1, (index) =>
        // The last value twice: it must be among those that are listed.
        journey(
          TODAY - 5,
          { 1: 0 },
          { attributes: { campaign: `c${Math.min(index, count - 1)}` } },
        ),
      ),
    )
    const { groups, stages, receipt } = await funnel.ask('?by=campaign')
    expect(groups).toHaveLength(GROUPS_MAX + 1)
    expect(groups![0]).toMatchObject({ key: `#${hash64(`c${count - 1}`)}` })
    expect(groups!.at(-1)).toMatchObject({ key: 'other', isRest: true })
    expect(groups!.at(-1)!.stages[0]!.reached).toBe(10)
    expect(groups!.reduce((sum, { stages }) => sum + stages[0]!.reached, 0)).toBe(
      stages[0]!.reached,
    )
    expect(receipt.notes).toEqual([expect.stringContaining(`More than ${GROUPS_MAX} values`)])
  })

  test('of an experiment are its variants, and "" for those outside of it', async () => {
    const of = (...experiments: string[]) =>
      journey(TODAY - 5, { 1: 0 }, { attributes: { experiments } })
    await funnel.given([of('hero:a'), of('hero:b', 'price:low'), of('hero:b'), of('price:low')])
    await funnel.warehouse.insert({
      table: 'names',
      rows: ['hero:a', 'hero:b', 'price:low'].map((text) =>
        JSON.stringify(['shop', 'experiment', hash64(text), text]),
      ),
      token: 'experiments',
    })
    const { groups } = await funnel.ask('?by=experiment:hero')
    expect(new Map(groups!.map(({ key, stages }) => [key, stages[0]!.reached]))).toEqual(
      new Map([
        ['a', 1],
        ['b', 2],
        ['', 1],
      ]),
    )
    expect((await funnel.ask('?experiment:hero=b')).stages[0]!.reached).toBe(2)
    expect((await funnel.ask('?experiment:hero=b&experiment:hero=a')).stages[0]!.reached).toBe(3)
    expect((await funnel.ask('?experiment%3Ahero=b')).stages[0]!.reached).toBe(2)
    // Of two tests both, as of any two dimensions.
    const both = await funnel.ask('?experiment:hero=b&experiment:price=low')
    expect(both.stages[0]!.reached).toBe(1)
  })
})

describe('filters', () => {
  test('of one dimension are one of their values, of several all of them', async () => {
    const of = (channel: string, device: string) =>
      journey(TODAY - 5, { 1: 0 }, { attributes: { channel, device } })
    await funnel.given([
      of('web', 'mobile'),
      of('ads', 'mobile'),
      of('ads', 'unknown'),
      of('email', 'tv'),
    ])
    const reached = async (query: string) => (await funnel.ask(query)).stages[0]!.reached
    expect(await reached('?channel=ads')).toBe(2)
    expect(await reached('?channel=ads&channel=email')).toBe(3)
    expect(await reached('?channel=ads,email')).toBe(3)
    expect(await reached('?channel=ads&device=mobile')).toBe(1)
    expect(await reached('?device=unknown')).toBe(1)
    expect(await reached('?source=')).toBe(4)
    expect(await reached('?returning=true')).toBe(0)
  })
})
