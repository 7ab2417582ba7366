import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AskedFunnel, journey, openFunnel, TODAY } from './asked-funnel.ts'

let funnel: AskedFunnel
beforeAll(async () => {
  funnel = await openFunnel()
})
afterAll(() => funnel?.close())

describe('a filter', () => {
  test.each([
    "' OR 1 = 1 --",
    "\\' OR 1 = 1 --",
    '\n\n; DROP TABLE milestones; --',
    '{site:String}',
    '{{filters}}',
    '\0',
    'a\\',
    ') OR (1',
    '$tag$ x $tag$',
    '/*',
    '\ud800',
  ])('never becomes SQL: %j is a source like any other', async (source) => {
    await funnel.given([
      journey(TODAY - 5, { 1: 0 }, { attributes: { source } }),
      journey(TODAY - 5, { 1: 0 }, { attributes: { source: 'other' } }),
    ])
    const encoded = encodeURIComponent(source.toWellFormed())
    expect((await funnel.ask(`?source=${encoded}`)).stages[0]!.reached).toBe(1)
    expect((await funnel.ask(`?source=${encoded}&source=other`)).stages[0]!.reached).toBe(2)
    for (const name of ['campaign', 'landing', 'segment', 'country', 'medium']) {
      expect((await funnel.ask(`?${name}=${encoded}`)).stages[0]!.reached).toBe(0)
    }
    const experiment = `?by=experiment:${encoded}&experiment:${encoded}=${encoded}`
    expect((await funnel.ask(experiment)).stages[0]!.reached).toBe(0)
  })
})

describe('a question', () => {
  test.each([
    ['?from=2026-02-30', 'from must be a day such as'],
    ['?from=yesterday', 'not "yesterday"'],
    ['?from=2026-02-02&to=2026-02-01', 'from must not be after to'],
    ['?from=2026-02-02&from=2026-02-01', 'from may be given once'],
    ['?window=3', 'a duration such as 30d'],
    ['?window=0d', 'a duration such as 30d'],
    ['?window=9999d', 'at most 3650d'],
    ['?window=30d&cohort=entry', 'goes with cohort=start only'],
    ['?cohort=both', 'cohort must be start or entry'],
    ['?asOf=2026-06-30T10:00', 'an instant such as'],
    ['?trend=year', 'trend must be day, week or month'],
    ['?from=2024-01-01&trend=day', 'more than 400 points'],
    ['?from=2010-01-01', 'at most 3653 days'],
    ['?compare=next', 'previous, year or a period'],
    ['?compare=2026-02-01..2026-01-01', 'previous, year or a period'],
    ['?by=stage', 'by must be one of channel, device'],
    ['?by=experiment', 'experiment:TEST'],
    ['?by=constructor', 'by must be one of'],
    ['?channel=fax', 'channel must be one of web, app'],
    [
      '?experiment=hero:b',
      'experiment must name a test and its variant: experiment:checkout=one-page',
    ],
    ['?experiment:=b', 'experiment: must name a test'],
    ['?experiment:hero=', 'experiment:hero must name a test and its variant'],
    [
      `?${Array.from({ length: 21 }, (_, index) => `experiment:t${index}=a`).join('&')}`,
      'At most 20 tests',
    ],
    ['?chanel=web', 'Unknown parameter chanel; known are site, from, to'],
    ['?__proto__=x', 'Unknown parameter'],
    [
      `?${Array.from({ length: 101 }, (_, index) => `source=${index}`).join('&')}`,
      'at most 100 values',
    ],
  ])('that cannot be answered says what must be: %s', async (query, message) => {
    const response = await funnel.app.inject(`/api/funnel${query}`)
    expect(response.statusCode).toBe(400)
    expect(response.headers['content-type']).toContain('application/problem+json')
    expect(response.json<{ detail: string }>().detail).toContain(message)
  })

  test('about another site is 404', async () => {
    expect((await funnel.app.inject('/api/funnel?site=elsewhere')).statusCode).toBe(404)
    expect((await funnel.app.inject('/api/funnel?site=shop')).statusCode).toBe(200)
  })
})
