import { describe, expect, test } from 'vitest'
import { classic } from '../../src/domain/models/classic.ts'
import { type Event, enteredBy, journeysOfStory, START_MS, DAY_MS } from '../support/story.ts'

const order = (day: number, id: string, more: Partial<Event> = {}): Event => ({
  type: 'order',
  day,
  orderId: id,
  ...more,
})
const entered = (events: Event[]) =>
  [...journeysOfStory(events).store.journeys.values()].map((one) => enteredBy(one))
const lastStep = (events: Event[]) => {
  const { rule, stage } = journeysOfStory(events).steps.at(-1)!.step
  return { rule, stage }
}

describe('the rules of ecommerce@1, the first that matches decides', () => {
  const bought: Event[] = [order(0, 'o1')]
  test.each<[rule: string, stage: number, before: Event[], event: Event]>([
    ['positive-voice', 6, bought, { type: 'review', rating: 4, day: 1 }],
    ['positive-voice', 6, bought, { type: 'survey', action: 'nps', score: 9, day: 1 }],
    ['positive-voice', 6, bought, { type: 'survey', action: 'csat', score: 4, day: 1 }],
    ['loyalty-act', 6, bought, { type: 'loyalty', day: 1 }],
    ['same-order', 3, bought, order(1, 'o1')],
    ['repeat-order', 6, bought, order(1, 'o2')],
    ['repeat-order', 6, bought, { type: 'order', day: 1 }],
    ['first-order', 3, [], order(0, 'o1')],
    ['order-news', 3, bought, order(1, 'o1', { action: 'cancelled' })],
    ['delivered', 4, bought, { type: 'delivery', day: 1 }],
    ['delivery-news', 4, bought, { type: 'delivery', action: 'shipped', day: 1 }],
    ['ticket-after-purchase', 5, bought, { type: 'support_ticket', day: 1 }],
    ['ticket-before-purchase', 2, [], { type: 'support_ticket' }],
    ['after-purchase', 3, bought, { type: 'page_view', day: 1 }],
    ['after-purchase', 3, bought, { type: 'review', rating: 2, day: 1 }],
    ['voice-before-purchase', 2, [], { type: 'review', rating: 5 }],
    ['cart', 2, [], { type: 'cart' }],
    ['cart', 2, [], { type: 'cart', action: 'checkout_started' }],
    ['active-research', 2, [], { type: 'page_view', pageKind: 'size_guide' }],
    ['second-page', 2, [{ type: 'page_view' }], { type: 'page_view', day: 1 }],
    ['first-contact', 1, [], { type: 'page_view', pageKind: 'product' }],
    ['first-contact', 1, [], { type: 'ad_click' }],
    ['first-contact', 1, [], { type: 'message', action: 'clicked' }],
    ['other', 1, [], { type: 'loyalty' }],
    ['other', 2, [{ type: 'cart' }], { type: 'custom', action: 'wheel-spun', day: 1 }],
  ])('%s: stage %i', (rule, stage, before, event) => {
    expect(lastStep([...before, event])).toEqual({ rule, stage })
  })

  test('an advertisement that lands on a product page is awareness until a second page is viewed', () => {
    const landing: Event[] = [{ type: 'ad_click' }, { type: 'page_view', pageKind: 'product' }]
    expect(entered(landing)).toEqual([['awareness']])
    expect(entered([...landing, { type: 'page_view', pageKind: 'product', day: 1 }])).toEqual([
      ['awareness', 'consideration'],
    ])
  })

  test('a ticket that is not opened after a purchase is counted in support without entering it', () => {
    expect(
      entered([order(0, 'o1'), { type: 'support_ticket', action: 'replied', day: 1 }])[0],
    ).not.toContain('support')
    expect(entered([order(0, 'o1'), { type: 'support_ticket', day: 1 }])[0]).toContain('support')
  })
})

describe('entering', () => {
  test('a phone order is a purchase with an implied awareness and consideration', () => {
    expect(entered([{ ...order(0, 'o1'), channel: 'phone' }])).toEqual([
      ['(awareness)', '(consideration)', 'purchase'],
    ])
  })

  test('a journey whose first touchpoint enters nothing enters the first stage then, implied', () => {
    expect(entered([{ type: 'review', rating: 5 }])).toEqual([['(awareness)']])
  })

  test('optional stages are never implied', () => {
    expect(entered([order(0, 'o1'), { type: 'loyalty', day: 1 }])).toEqual([
      ['(awareness)', '(consideration)', 'purchase', '(delivery)', 'loyalty'],
    ])
  })

  test('a stage entered by implication stays so, at its first instant', () => {
    const { store } = journeysOfStory([
      { type: 'delivery', action: 'returned' },
      { type: 'delivery', day: 1 },
      order(2, 'o1'),
    ])
    const purchase = [...store.journeys.values()][0]!.entries.find(({ stage }) => stage === 3)
    expect(purchase).toMatchObject({ implied: true, atMs: START_MS + DAY_MS })
  })

  test('classic@1 calls everything after the purchase one stage', () => {
    const { store } = journeysOfStory([order(0, 'o1'), { type: 'delivery', day: 1 }], {
      model: classic,
    })
    expect(enteredBy([...store.journeys.values()][0], classic)).toEqual([
      '(awareness)',
      '(consideration)',
      'purchase',
      'post-purchase',
    ])
  })
})

describe('where a journey ends', () => {
  const starts = (events: Event[]) =>
    [...journeysOfStory(events).store.journeys.keys()].map(
      (startMs) => (startMs - START_MS) / DAY_MS,
    )

  test('after 90 days in which nothing happened, and not a day earlier', () => {
    expect(starts([{ type: 'page_view' }, { type: 'page_view', day: 89.9 }])).toEqual([0])
    expect(starts([{ type: 'page_view' }, { type: 'page_view', day: 90 }])).toEqual([0, 90])
  })

  test('an outbound touchpoint neither starts nor prolongs a journey', () => {
    expect(starts([{ type: 'message', action: 'sent' }])).toEqual([])
    expect(
      starts([
        { type: 'page_view' },
        { type: 'order', action: 'updated', day: 80 },
        { type: 'page_view', day: 100 },
      ]),
    ).toEqual([0, 100])
  })

  test('a delivery after 95 days goes to the journey of its order, though the customer has come back', () => {
    const { store, steps } = journeysOfStory([
      order(0, 'o1'),
      { type: 'page_view', day: 92 },
      { type: 'delivery', orderId: 'o1', day: 95 },
    ])
    expect(steps.at(-1)!.step.journeyStartMs).toBe(START_MS)
    expect(enteredBy(store.journeys.get(START_MS))).toContain('delivery')
    expect(enteredBy(store.journeys.get(START_MS + 92 * DAY_MS))).toEqual(['awareness'])
  })

  test('a message is a step only while fewer than 90 days have passed since the last activity', () => {
    const sent = (day: number) =>
      journeysOfStory([{ type: 'page_view' }, { type: 'message', action: 'sent', day }]).steps
        .length
    expect([sent(89), sent(90)]).toEqual([2, 1])
  })

  test('returning is a journey before which the person has placed an order', () => {
    const { store } = journeysOfStory([order(0, 'o1'), { type: 'page_view', day: 200 }])
    expect([...store.journeys.values()].map(({ returning }) => returning)).toEqual([false, true])
  })
})

describe('what an order is worth', () => {
  const worth = (events: Event[], settings: { rates?: Record<string, string> } = {}) => {
    const { store } = journeysOfStory(events, settings)
    return [...store.journeys.values()].map(({ value, unconverted }) => ({ value, unconverted }))
  }

  test.each<[sentence: string, events: Event[], value: bigint]>([
    [
      'the latest placed or updated says',
      [
        order(0, 'o', { orderValue: '10' }),
        order(1, 'o', { action: 'updated', orderValue: '12.5' }),
      ],
      125_000n,
    ],
    [
      'an update without a value leaves it',
      [order(0, 'o', { orderValue: '10' }), order(1, 'o', { action: 'updated' })],
      100_000n,
    ],
    [
      '0 once cancelled',
      [order(0, 'o', { orderValue: '10' }), order(1, 'o', { action: 'cancelled' })],
      0n,
    ],
    [
      'less each refund',
      [
        order(0, 'o', { orderValue: '10' }),
        order(1, 'o', { action: 'refunded', orderValue: '2.5' }),
      ],
      75_000n,
    ],
    [
      'a refund without a value is of the whole',
      [order(0, 'o', { orderValue: '10' }), order(1, 'o', { action: 'refunded' })],
      0n,
    ],
    [
      'never below 0',
      [
        order(0, 'o', { orderValue: '10' }),
        order(1, 'o', { action: 'refunded', orderValue: '11' }),
      ],
      0n,
    ],
    [
      'orders without an id are orders of their own',
      [
        { type: 'order', orderValue: '1' },
        { type: 'order', orderValue: '2', day: 1 },
      ],
      30_000n,
    ],
  ])('%s', (_sentence, events, value) => {
    expect(worth(events)).toEqual([{ value, unconverted: 0 }])
  })

  test('it belongs to the journey that first placed it', () => {
    const placed = [order(0, 'o', { orderValue: '10' }), order(100, 'o', { orderValue: '12' })]
    expect(worth(placed)).toEqual([
      { value: 120_000n, unconverted: 0 },
      { value: 0n, unconverted: 0 },
    ])
  })

  test('another currency is converted by the rate, rounded half up; without one it is left out and counted', () => {
    const dollars = [order(0, 'o', { orderValue: '0.5', currency: 'USD' })]
    expect(worth(dollars, { rates: { USD: '0.3333' } })).toEqual([{ value: 1667n, unconverted: 0 }])
    expect(worth(dollars)).toEqual([{ value: 0n, unconverted: 1 }])
  })
})
