import { describe, expect, it } from 'vitest'
import type { FunnelAnswer, FunnelStage } from '../../src/commands/funnel-answer.ts'
import { funnelCsv } from '../../src/commands/funnel-csv.ts'
import { renderFunnel } from '../../src/commands/funnel-table.ts'

function stage(id: string, figures: Partial<FunnelStage>): FunnelStage {
  const name = id[0]!.toUpperCase() + id.slice(1)
  return {
    stage: id,
    label: { en: name, fr: `${name} (fr)` },
    optional: false,
    tracked: true,
    reached: 0,
    implied: 0,
    converted: null,
    inProgress: null,
    dropped: null,
    conversionRate: null,
    medianSecondsToNext: null,
    p90SecondsToNext: null,
    timed: 0,
    ...figures,
  }
}

const stages = [
  stage('awareness', {
    reached: 12_330,
    implied: 2,
    converted: 6_165,
    inProgress: 165,
    dropped: 6_000,
    conversionRate: 0.5,
    medianSecondsToNext: 183_600,
    p90SecondsToNext: 432_000,
    timed: 6_000,
  }),
  stage('purchase', { reached: 6_165 }),
  stage('delivery', { tracked: false, reached: 1, implied: 1 }),
  stage('support', { optional: true, reached: 7 }),
]

const answer: FunnelAnswer = {
  stages,
  receipt: {
    site: 'shop',
    model: { name: 'ecommerce', version: 1 },
    generation: 3,
    timeZone: 'Europe/Paris',
    currency: 'EUR',
    rowsRead: 24_000,
    elapsedMs: 12,
    newestTouchpointAt: '2026-01-31T10:00:00.000Z',
    duplicatesDropped: 1,
    correctionsApplied: 0,
    machinesLeftOut: 2,
    from: '2026-01-01',
    to: '2026-01-31',
    cohort: 'start',
    windowSeconds: 2_592_000,
    asOf: '2026-02-01',
    currenciesNotConverted: 0,
    stagesNotTracked: [{ stage: 'delivery', why: 'All 1 entries are implied by a later stage.' }],
    notes: ['A note.'],
  },
}

function lines(of: FunnelAnswer, options: Partial<Parameters<typeof renderFunnel>[1]> = {}) {
  const text = renderFunnel(of, { width: 120, color: false, ...options })
  return text.replaceAll('\u202f', ' ').split('\n')
}

describe('the funnel as a table', () => {
  it('has a line a stage; optional and untracked ones beside', () => {
    expect(lines(answer).slice(0, 5)).toEqual([
      'Stage                   Reached  Implied  Converted  In progress  Dropped  Conversion   Median  p90',
      'Awareness                12 330        2      6 165          165    6 000      50.0 %  2 d 3 h  5 d',
      'Purchase                  6 165        0          –            –        –           –        –    –',
      'Delivery (not tracked)        –',
      '  Support (optional)          7',
    ])
  })

  it('leaves out what one can do without where the terminal is narrow', () => {
    expect(lines(answer, { width: 80 })[0]).toMatch(/Reached +Converted.*Median/)
    for (const line of lines(answer, { width: 80 }).slice(0, 5)) {
      expect(line.length).toBeLessThanOrEqual(80)
    }
  })

  it('speaks French', () => {
    expect(lines(answer, { language: 'fr' })[1]).toMatch(/^Awareness \(fr\)/)
  })

  it('ends with how the figures came about', () => {
    expect(lines(answer).slice(-5)).toEqual([
      'shop, ecommerce@1: journeys that started 2026-01-01 to 2026-01-31 (Europe/Paris), within 30 d, as of 2026-02-01',
      'generation 3, newest touchpoint 2026-01-31 11:00:00 Europe/Paris, 24 000 rows read in 12 ms',
      'so far 1 duplicate dropped, 2 machines left out',
      'delivery is not tracked. All 1 entries are implied by a later stage.',
      'A note.',
    ])
  })

  it('shows groups as lines of the tracked stages, each with its part of the one before', () => {
    const groups = [
      { key: 'email\u001b[2J', stages },
      { key: '', stages },
      { key: 'other', isRest: true as const, stages },
    ]
    const text = lines({ ...answer, groups }, { by: 'campaign' })
    const from = text.indexOf('By campaign')
    expect(text.slice(from + 1, from + 5)).toEqual([
      'campaign        Awareness  Purchase',
      'email\\u001b[2J     12 330     6 165  50.0 %',
      '(none)             12 330     6 165  50.0 %',
      '(all others)       12 330     6 165  50.0 %',
    ])
  })

  it('shows a trend by the first day of each bucket', () => {
    const trend = [{ from: '2026-01-01', to: '2026-01-04', stages }]
    const text = lines({ ...answer, trend })
    expect(text[text.indexOf('Trend') + 2]).toBe('2026-01-01     12 330     6 165  50.0 %')
  })

  it('compares by change and by points', () => {
    const earlier = [
      stage('awareness', { reached: 10_000, conversionRate: 0.45 }),
      stage('purchase', { reached: 0 }),
      stage('delivery', { tracked: false }),
      stage('support', { optional: true, reached: 14 }),
    ]
    const text = lines({
      ...answer,
      compare: { from: '2025-12-01', to: '2025-12-31', stages: earlier },
    })
    const from = text.indexOf('Against 2025-12-01 to 2025-12-31')
    expect(text.slice(from + 2, from + 5)).toEqual([
      'Awareness              12 330  10 000  +23.3 %      50.0 %  45.0 %    +5.0',
      'Purchase                6 165       0        –           –       –       –',
      '  Support (optional)        7      14  -50.0 %           –       –       –',
    ])
  })

  it('is coloured only when asked', () => {
    expect(lines(answer).join('')).not.toContain('\u001b')
    expect(lines(answer, { color: true }).join('')).toContain('\u001b[')
  })
})

describe('the funnel as CSV', () => {
  it('has raw figures, one line a stage of each part', () => {
    const csv = funnelCsv({ ...answer, groups: [{ key: 'a,"b"', stages: stages.slice(0, 1) }] })
    expect(csv.split('\n')).toEqual([
      'part,key,stage,optional,tracked,reached,implied,converted,inProgress,dropped,conversionRate,medianSecondsToNext,p90SecondsToNext,timed',
      'all,,awareness,false,true,12330,2,6165,165,6000,0.5,183600,432000,6000',
      'all,,purchase,false,true,6165,0,,,,,,,0',
      'all,,delivery,false,false,1,1,,,,,,,',
      'all,,support,true,true,7,0,,,,,,,0',
      'group,"a,""b""",awareness,false,true,12330,2,6165,165,6000,0.5,183600,432000,6000',
    ])
  })

  it('says of a stage that is not tracked how many entered it, and nothing that was worked out from that', () => {
    const delivery = stage('delivery', {
      ...{ tracked: false, reached: 20, implied: 20, converted: 20, inProgress: 0, dropped: 0 },
      ...{ conversionRate: 1, medianSecondsToNext: 5, p90SecondsToNext: 6, timed: 1 },
    })
    const csv = funnelCsv({ ...answer, stages: [delivery] })
    expect(csv.split('\n')[1]).toBe('all,,delivery,false,false,20,20,,,,,,,')
  })

  it('never begins a cell with what a spreadsheet would run', () => {
    const csv = funnelCsv({
      ...answer,
      stages: [],
      groups: [{ key: '=cmd()', stages: stages.slice(1, 2) }],
    })
    expect(csv.split('\n')[1]).toMatch(/^group,'=cmd\(\),purchase/)
  })
})
