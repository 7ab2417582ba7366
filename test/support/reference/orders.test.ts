import { describe, expect, test } from 'vitest'
import type { Touchpoint } from '../../../src/domain/touchpoint.ts'
import { cells, make, order, page, reference } from './make.ts'

const about = (action: string, day: number, more: Touchpoint['order'] = {}) =>
  make(`order.${action}`, day, { order: { id: 'o1', ...more } })

/** Value and unconverted of each journey's standing. */
function worth(...touchpoints: Touchpoint[]): unknown[][] {
  return cells(reference(touchpoints), 'journeys', ['value', 'unconverted']).map((row) =>
    Object.values(row),
  )
}

describe('an order’s value', () => {
  test('is that of its latest placed or updated by (occurredAt, id)', () => {
    expect(worth(order('o1', 1, { value: '12.5' }))).toEqual([['12.5000', 0]])
    expect(worth(order('o1', 1, { value: '12.5' }), about('updated', 2, { value: '7' }))).toEqual([
      ['7.0000', 0],
    ])
    expect(
      worth(
        page(0),
        order('o1', 2, { value: '12.5' }),
        about('updated', 1, { value: '7' }),
        order('o1', 3, { value: '8' }),
      ),
    ).toEqual([['8.0000', 0]])
  })

  test('is not taken away by an update that states none', () => {
    expect(worth(order('o1', 1, { value: '12.5' }), about('updated', 2))).toEqual([['12.5000', 0]])
  })

  test('is 0 once cancelled, and then no currency needs a rate', () => {
    const dear = order('o1', 1, { value: '9', currency: 'GBP' })
    expect(worth(dear, about('cancelled', 2))).toEqual([['0.0000', 0]])
    expect(worth(order('o1', 1, { value: '12.5' }), about('cancelled', 2))).toEqual([['0.0000', 0]])
  })

  test('is less each refund: its value, else the whole; never below 0', () => {
    const placed = order('o1', 1, { value: '10' })
    const refund = (value?: string) => about('refunded', 2, value === undefined ? {} : { value })
    expect(worth(placed, refund('2.5'), refund('3'))).toEqual([['4.5000', 0]])
    expect(worth(placed, refund('20'))).toEqual([['0.0000', 0]])
    expect(worth(placed, refund())).toEqual([['0.0000', 0]])
  })

  test('is counted once where the order is placed twice, in the journey that first placed it', () => {
    expect(worth(order('o1', 1, { value: '10' }), order('o1', 200, { value: '11' }))).toEqual([
      ['11.0000', 0],
      ['0.0000', 0],
    ])
  })

  test('of an order without an id is its own, which nothing else can name', () => {
    const nameless = () => order(undefined, 1, { value: '10' })
    expect(worth(nameless(), nameless(), make('order.refunded', 2))).toEqual([['20.0000', 0]])
  })

  test('is 0 where it has none', () => {
    expect(worth(order('o1', 1))).toEqual([['0.0000', 0]])
  })
})

describe('another currency', () => {
  test('is converted by the site’s rates, each amount rounded half up to four decimals', () => {
    expect(worth(order('o1', 1, { value: '10.01', currency: 'USD' }))).toEqual([['5.0050', 0]])
    // 0.0001 × 0.5 = 0.00005, up to 0.0001; 0.0003 × 0.5 = 0.00015, up to 0.0002.
    expect(worth(order('o1', 1, { value: '0.0001', currency: 'USD' }))).toEqual([['0.0001', 0]])
    expect(
      worth(
        order('o1', 1, { value: '0.0003', currency: 'USD' }),
        about('refunded', 2, { value: '0.00005' }),
      ),
    ).toEqual([['0.0001', 0]])
  })

  test('where there is no rate counts the order, worth nothing', () => {
    expect(
      worth(order('o1', 1, { value: '9', currency: 'GBP' }), order('o2', 1, { value: '1' })),
    ).toEqual([['1.0000', 1]])
    expect(
      worth(order('o1', 1, { value: '9' }), about('refunded', 2, { value: '1', currency: 'GBP' })),
    ).toEqual([['0.0000', 1]])
  })
})

test('the value stands on the row that the order made, not on implied ones', () => {
  const rows = cells(
    reference([order('o1', 1, { value: '10' }), order('o2', 2, { value: '5' })]),
    'milestones',
    ['stage', 'value'],
  )
  expect(rows.map((row) => Object.values(row))).toEqual([
    [0, '15.0000'],
    [1, '0.0000'],
    [2, '0.0000'],
    [3, '10.0000'],
    [4, '0.0000'],
    [6, '5.0000'],
  ])
})

test('the value stands on no row of a later journey that places the order again', () => {
  const rows = cells(
    reference([order('o1', 1, { value: '10' }), order('o1', 200, { value: '11' })]),
    'milestones',
    ['stage', 'value'],
  )
  expect(rows.filter(({ value }) => value !== '0.0000')).toEqual([
    { stage: 0, value: '11.0000' },
    { stage: 3, value: '11.0000' },
  ])
})
