import { describe, expect, test } from 'vitest'
import { hash64 } from '../../../src/domain/digest.ts'
import { journeyNumber, keyNumber } from '../../../src/domain/keys.ts'
import { cells, DAY_MS, make, order, page, reference, START_MS } from './make.ts'

const MILESTONE = ['stage', 'implied', 'furthest', 'previous_stage', 'since_previous_ms'] as const

describe('milestones', () => {
  test('is one row a stage entered, and one standing with stage 0', () => {
    const rows = cells(
      reference([page(0), page(1), order('o1', 3), order('o2', 4)]),
      'milestones',
      MILESTONE,
    )
    expect(rows.map((row) => Object.values(row))).toEqual([
      [0, 0, 6, 0, 0],
      [1, 0, 6, 0, 0],
      [2, 0, 6, 1, DAY_MS],
      [3, 0, 6, 2, 2 * DAY_MS],
      [4, 1, 6, 0, 0],
      [6, 0, 6, 3, DAY_MS],
    ])
  })

  test('the previous stage is the required one last entered not by implication', () => {
    const rows = cells(
      reference([
        page(0),
        order('o1', 1),
        make('support_ticket.opened', 2),
        make('delivery.delivered', 3),
      ]),
      'milestones',
      MILESTONE,
    )
    expect(rows.map((row) => Object.values(row))).toEqual([
      [0, 0, 4, 0, 0],
      [1, 0, 4, 0, 0],
      [2, 1, 4, 0, 0],
      [3, 0, 4, 1, DAY_MS],
      [5, 0, 4, 0, 0],
      [4, 0, 4, 3, 2 * DAY_MS],
    ])
  })

  test('its days are the site’s time zone’s', () => {
    const [start, night] = [
      page(0, { occurredAt: Date.parse('2026-03-28T22:59:59.999Z') }),
      page(0, { occurredAt: Date.parse('2026-03-28T23:00:00Z') }),
    ]
    const all = reference([start, night], {}, { timeZone: 'Europe/Paris' })
    expect(
      cells(all, 'milestones', ['stage', 'first_day', 'entry_day', 'last_day', 'entered_days']),
    ).toEqual([
      {
        stage: 0,
        first_day: '2026-03-28',
        entry_day: '2026-03-28',
        last_day: '2026-03-29',
        entered_days: ['2026-03-28', '2026-03-29', ...Array<string>(4).fill('1970-01-01')],
      },
      {
        stage: 1,
        first_day: '2026-03-28',
        entry_day: '2026-03-28',
        last_day: '1970-01-01',
        entered_days: [],
      },
      {
        stage: 2,
        first_day: '2026-03-28',
        entry_day: '2026-03-29',
        last_day: '1970-01-01',
        entered_days: [],
      },
    ])
  })

  test('entry attributes are those of the first touchpoint', () => {
    const first = page(0, {
      channel: 'ads',
      campaign: { source: 'google', name: 'spring' },
      page: { path: '/shoes' },
      device: { type: 'mobile' },
      experiments: { '😀': 'x', '～': 'y', hero: 'b' },
    })
    const rows = reference([first, page(1, { channel: 'email', segment: 'loyal' })])
    expect(
      cells(rows, 'milestones', [
        'person',
        'journey',
        'channel',
        'device',
        'returning',
        'source',
        'medium',
        'campaign',
        'country',
        'landing',
        'segment',
        'experiments',
      ])[2],
    ).toEqual({
      person: keyNumber('shop', 'd:x'),
      journey: journeyNumber('shop', 'd:x', START_MS),
      channel: 'ads',
      device: 'mobile',
      returning: 0,
      source: hash64('google'),
      medium: '0',
      campaign: hash64('spring'),
      country: '0',
      landing: hash64('/shoes'),
      segment: '0',
      experiments: ['hero:b', '～:y', '😀:x'].map(hash64),
    })
  })
})

describe('steps', () => {
  test('is one row a touchpoint in its journey', () => {
    const rating = make('review.posted', 2, { rating: 5, page: { kind: 'product' } })
    const all = reference([make('custom.waved', 0, { score: 3 }), order('o1', 1), rating])
    const columns = [
      'seq',
      'type',
      'previous_type',
      'stage',
      'entered',
      'rule',
      'page_kind',
      'score',
      'since_start_ms',
      'since_previous_ms',
    ] as const
    expect(cells(all, 'steps', columns).map((row) => Object.values(row))).toEqual([
      [1, 'custom', 'none', 1, 0, 'other', 'none', null, 0, 0],
      [2, 'order', 'custom', 3, 1, 'first-order', 'none', null, DAY_MS, DAY_MS],
      [3, 'review', 'order', 6, 1, 'positive-voice', 'product', 5, 2 * DAY_MS, DAY_MS],
    ])
  })

  test('has the first rows of a journey and every later milestone and friction; how many are left out is said', () => {
    const all = reference(
      [page(0), page(1), page(2), order('o1', 3), page(4), make('order.cancelled', 5), page(6)],
      { journeyStepRowsMax: 2 },
    )
    expect(cells(all, 'steps', ['seq']).map(({ seq }) => seq)).toEqual([1, 2, 4, 6])
    expect(cells(all, 'journeys', ['steps', 'steps_omitted', 'frictions'])).toEqual([
      { steps: 7, steps_omitted: 3, frictions: 1 },
    ])
  })
})

test('an instant is written as ClickHouse reads it', () => {
  const all = reference([page(0, { occurredAt: 1_774_744_199_999 })])
  expect(
    cells(all, 'journeys', ['started_at', 'last_step_at', 'person_kind', 'person_id']),
  ).toEqual([
    {
      started_at: '2026-03-29 00:29:59.999',
      last_step_at: '2026-03-29 00:29:59.999',
      person_kind: 'device',
      person_id: 'x',
    },
  ])
})
