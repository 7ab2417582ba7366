import { describe, expect, it } from 'vitest'
import type { PersonAnswer } from '../../queries/person.ts'
import { renderPerson } from '../../src/commands/person-timeline.ts'
import { styleOf } from '../../src/commands/terminal.ts'

const label = { en: '', fr: '' }
const touchpoint = {
  seq: 1,
  id: 't1',
  occurredAt: '2026-01-31T10:00:00.000Z',
  type: 'page_view',
  action: 'viewed',
  channel: 'web',
  stage: 'awareness',
  entered: true,
  rule: 'first-contact',
  why: 'A first page enters awareness.',
  friction: false,
  score: null,
  secondsSinceStart: 0,
  secondsSincePrevious: 0,
  content: null,
}

const answer: PersonAnswer = {
  person: { kind: 'device', id: 'visitor\u001b[2J' },
  journeys: [
    {
      journey: '1',
      startedAt: '2026-01-31T10:00:00.000Z',
      lastStepAt: '2026-01-31T12:00:00.000Z',
      returning: true,
      entry: { channel: 'web', campaign: 'spring' },
      stages: [
        { stage: 'awareness', label, enteredAt: '2026-01-31T10:00:00.000Z', implied: true },
        { stage: 'purchase', label, enteredAt: '2026-01-31T12:00:00.000Z', implied: false },
      ],
      furthest: 'purchase',
      orders: 1,
      value: '20.00',
      currency: 'EUR',
      ordersNotConverted: 0,
      frictions: 1,
      steps: 503,
      stepsOmitted: 501,
      touchpoints: [
        touchpoint,
        {
          ...touchpoint,
          seq: 2,
          occurredAt: '2026-01-31T12:00:00.000Z',
          type: 'custom',
          action: 'a\nb',
          stage: 'purchase',
          entered: false,
          rule: 'other',
          why: 'Whatever else.',
          friction: true,
          secondsSincePrevious: 7_200,
        },
      ],
    },
  ],
  next: null,
  receipt: {
    site: 'shop',
    model: { name: 'ecommerce', version: 1 },
    generation: 1,
    timeZone: 'Europe/Paris',
    currency: 'EUR',
    rowsRead: 1,
    elapsedMs: 1,
    newestTouchpointAt: null,
    duplicatesDropped: 0,
    correctionsApplied: 0,
    machinesLeftOut: 0,
  },
}

describe('the timeline of a person', () => {
  it('says of each touchpoint when it was, its stage and rule, and of each rule what it says', () => {
    const text = renderPerson(answer, { width: Infinity, style: styleOf(false) })
    expect(text.split('\n')).toEqual([
      'device visitor\\u001b[2J',
      '',
      '2026-01-31 11:00:00 to 2026-01-31 13:00:00',
      '503 touchpoints, 1 order of 20.00 EUR, 1 friction, returning',
      'entered by channel web, campaign spring',
      'awareness (implied) → purchase after 2 h',
      'When                 After  Touchpoint         About  Stage        Rule',
      '2026-01-31 11:00:00         page_view.viewed   web    ● awareness  first-contact',
      '2026-01-31 13:00:00    2 h  ⚠ custom.a\\u000ab  web      purchase   other',
      '501 more touchpoints are counted, not listed',
      '',
      'Rules',
      '  first-contact  A first page enters awareness.',
      '  other          Whatever else.',
      '',
      'shop, ecommerce@1, generation 1, times of Europe/Paris',
    ])
  })
})
