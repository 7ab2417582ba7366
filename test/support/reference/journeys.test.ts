import { describe, expect, test } from 'vitest'
import { ecommerce } from '../../../src/domain/models/ecommerce.ts'
import { parseStageModel } from '../../../src/domain/stage-model.ts'
import { oddModel } from '../odd-model.ts'
import { cells, DAY_MS, journeysByPerson, make, order, page, reference, SETTINGS } from './make.ts'

const journeys = (touchpoints: Parameters<typeof reference>[0]) =>
  journeysByPerson(reference(touchpoints))['d:x']
const ids = (touchpoints: { id: string }[]) => touchpoints.map(({ id }) => id)

/** Stage and rule of each step, and what it entered: `3 first-order +1i +2i +3`. */
function walk(
  touchpoints: Parameters<typeof reference>[0],
  model = parseStageModel(ecommerce),
): string[] {
  return reference(touchpoints, {}, { model })
    .people.flatMap(({ journeys }) => journeys)
    .flatMap(({ steps }) => steps)
    .map(({ stage, rule, entries }) =>
      [
        `${stage} ${rule}`,
        ...entries.map(({ stage, implied }) => `+${stage}${implied ? 'i' : ''}`),
      ].join(' '),
    )
}

describe('a person’s touchpoints are cut', () => {
  test('where nothing happened for 90 days or more, to the millisecond', () => {
    const [first, near] = [page(0), page(90)]
    const nearly = { ...near, occurredAt: near.occurredAt - 1 }
    expect(journeys([first, near])).toEqual([[first.id], [near.id]])
    expect(journeys([first, nearly])).toEqual([[first.id, near.id]])
  })

  test('and an outbound touchpoint neither starts nor prolongs', () => {
    const [news, first, shipped, later] = [
      make('delivery.shipped', -1),
      page(0),
      make('delivery.shipped', 60),
      page(90),
    ]
    expect(journeys([news, first, shipped, later])).toEqual([[first.id, shipped.id], [later.id]])
  })

  test('sorted by (occurredAt, id in byte order)', () => {
    const same = ['😀', '～', 'b', 'B'].map((id) => page(0, { id }))
    expect(journeys(same)).toEqual([['B', 'b', '～', '😀']])
  })
})

describe('an outbound touchpoint is a step', () => {
  const placed = order('o1', 0)
  const back = page(91)

  test('of the journey that first placed the order it names, however long that has been quiet', () => {
    const delivered = make('delivery.delivered', 95, { order: { id: 'o1' } })
    expect(journeys([placed, back, delivered])).toEqual([[placed.id, delivered.id], [back.id]])
    expect(walk([placed, back, delivered])[1]).toBe('4 delivered +4')
  })

  test('else of the latest journey that started before it', () => {
    const delivered = make('delivery.delivered', 95, { order: { id: 'o2' } })
    const nameless = make('delivery.delivered', 95)
    expect(journeys([placed, back, delivered, nameless])).toEqual([
      [placed.id],
      [back.id, delivered.id, nameless.id],
    ])
  })

  test('else too where the journey that first placed its order starts only later', () => {
    const [early, delivered, placedLater] = [
      page(0),
      make('delivery.delivered', 80, { order: { id: 'o1' } }),
      order('o1', 95),
    ]
    expect(journeys([early, delivered, placedLater])).toEqual([
      [early.id, delivered.id],
      [placedLater.id],
    ])
  })

  test('before it in that order: at one instant the id decides', () => {
    const at = (id: string) => make('delivery.shipped', 0, { id })
    const start = page(0, { id: 'm' })
    expect(journeys([at('a'), start, at('z')])).toEqual([['m', 'z']])
  })

  test('a message only while fewer than 90 days have passed since the last activity', () => {
    const start = page(0)
    const [near, far] = [make('message.sent', 89), make('message.sent', 90)]
    expect(journeys([start, near, far])).toEqual([[start.id, near.id]])
    // The last activity before it, of the journey it would be a step of: here the one of the order.
    const about = make('message.sent', 91, { order: { id: 'o1' } })
    expect(journeys([placed, back, about])).toEqual([[placed.id], [back.id]])
    const activity = page(30)
    const prompt = make('message.sent', 100, { order: { id: 'o1' } })
    expect(journeys([placed, activity, prompt])).toEqual([ids([placed, activity, prompt])])
  })
})

describe('a milestone', () => {
  test('that enters a required stage enters every earlier required stage, implied; optional stages never', () => {
    expect(walk([order('o1')])).toEqual(['3 first-order +1i +2i +3'])
    expect(walk([order('o1'), order('o2')])[1]).toBe('6 repeat-order +4i +6')
  })

  test('a journey whose first touchpoint does not enter the first stage enters it then, implied', () => {
    expect(walk([make('custom.waved')])).toEqual(['1 other +1i'])
    expect(walk([make('support_ticket.opened')])).toEqual(['2 ticket-before-purchase +1i'])
    expect(walk([make('message.opened')], parseStageModel(oddModel))).toEqual(['2 chatted +1i +2'])
  })

  test('a stage entered by implication stays so, at its first instant', () => {
    expect(walk([order('o1'), make('delivery.delivered', 1), order('o2', 2)])).toEqual([
      '3 first-order +1i +2i +3',
      '4 delivered +4',
      '6 repeat-order +6',
    ])
    expect(walk([order('o1'), order('o2', 1), make('delivery.delivered', 2)])[2]).toBe(
      '4 delivered',
    )
  })

  test('support is one when opened after a purchase, and only then', () => {
    expect(
      walk([
        order('o1'),
        make('support_ticket.replied', 1),
        make('support_ticket.opened', 2),
        make('support_ticket.opened', 3),
      ]).slice(1),
    ).toEqual(['5 ticket-after-purchase', '5 ticket-after-purchase +5', '5 ticket-after-purchase'])
  })
})

describe('the rules of ecommerce@1', () => {
  test('a bounce is not consideration, a second page is', () => {
    expect(walk([make('ad_click.clicked'), page(0), page(0)])).toEqual([
      '1 first-contact +1',
      '1 first-contact',
      '2 second-page +2',
    ])
  })

  test('starting a checkout does not enter purchase', () => {
    expect(walk([page(0), make('cart.checkout_started', 1)])[1]).toBe('2 cart +2')
  })

  test('an order without an id is never the same', () => {
    expect(walk([order(undefined), order(undefined, 1)])[1]).toBe('6 repeat-order +4i +6')
    expect(walk([order('o1'), order('o1', 1)])[1]).toBe('3 same-order')
  })

  test('after a purchase anything else counts in the furthest required stage', () => {
    const delivered = make('delivery.delivered', 1)
    const ticket = make('support_ticket.opened', 2)
    expect(walk([order('o1'), delivered, ticket, page(3)])[3]).toBe('4 after-purchase')
  })

  test('a voice is loyalty after a purchase, and consideration before', () => {
    const nps = (score: number, day: number) => make('survey.nps', day, { score })
    expect(walk([nps(9, 0), order('o1', 1), nps(8, 2), nps(9, 3)])).toEqual([
      '2 voice-before-purchase +1i',
      '3 first-order +2i +3',
      '3 after-purchase',
      '6 positive-voice +4i +6',
    ])
  })

  test('"purchase entered" includes by implication', () => {
    expect(
      walk([page(0), make('delivery.delivered', 1), make('loyalty.joined', 2)]).slice(1),
    ).toEqual(['4 delivered +2i +3i +4', '6 loyalty-act +6'])
  })

  test('a message of the shop is no first contact', () => {
    const start = make('custom.waved')
    expect(walk([start, make('message.sent', 1), make('message.opened', 2)])).toEqual([
      '1 other +1i',
      '1 other',
      '1 first-contact',
    ])
  })
})

describe('friction', () => {
  const frictions = (touchpoints: Parameters<typeof reference>[0], model = SETTINGS.model) =>
    cells(reference(touchpoints, {}, { model }), 'steps', ['friction']).map(
      ({ friction }) => friction,
    )

  test('a ticket opened is friction after a purchase, by implication too', () => {
    const opened = (day: number) => make('support_ticket.opened', day)
    expect(frictions([opened(0), order('o1', 1), opened(2)])).toEqual([0, 0, 1])
    expect(frictions([page(0), make('delivery.delivered', 1), opened(2)])).toEqual([0, 0, 1])
  })

  test('a model without a stage purchase has one after an order was placed', () => {
    const opened = (day: number) => make('support_ticket.opened', day / 2)
    expect(
      frictions(
        [opened(0), make('order.updated', 0), opened(1), order('o1', 1), opened(3)],
        parseStageModel(oddModel),
      ),
    ).toEqual([0, 0, 0, 0, 1])
  })

  test('a review without a rating is neither positive nor friction', () => {
    expect(frictions([make('review.posted'), make('review.posted', 1, { rating: 2 })])).toEqual([
      0, 1,
    ])
    expect(walk([order('o1'), make('review.posted', 1)])[1]).toBe('3 after-purchase')
  })
})

test('`returning`: the person has placed an order in an earlier journey', () => {
  const all = reference([page(0), order('o1', 100), page(200), page(300)])
  expect(cells(all, 'journeys', ['returning']).map(({ returning }) => returning)).toEqual([
    0, 0, 1, 1,
  ])
})

test('the last step that was activity or entered a stage decides the last day', () => {
  const news = make('delivery.shipped', 5)
  const delivered = make('delivery.delivered', 3)
  const last = (touchpoints: Parameters<typeof reference>[0]) =>
    cells(reference(touchpoints), 'journeys', ['last_day'])[0]!.last_day
  expect(last([order('o1', 0), news])).toBe('2026-01-10')
  expect(last([order('o1', 0), delivered, news])).toBe('2026-01-13')
  expect(last([order('o1', 0), delivered, page(4), news])).toBe('2026-01-14')
})

test('quiet is the model’s', () => {
  const start = page(0)
  const near = { ...page(0), occurredAt: start.occurredAt + 2 * DAY_MS }
  const all = reference([start, near], {}, { model: parseStageModel(oddModel) })
  expect(journeysByPerson(all)['d:x']).toEqual([[start.id], [near.id]])
})
