import { describe, expect, test } from 'vitest'
import { contentDigest } from '../../../src/domain/digest.ts'
import { cells, journeysByPerson, link, order, page, reference, unlink } from './make.ts'

const ADA = { customerId: 'ada' }
const BOB = { customerId: 'bob' }
const BY_X = { anonymousId: 'x' }

const who = (...touchpoints: Parameters<typeof reference>[0]) =>
  journeysByPerson(reference(touchpoints))
const among = (
  bounds: Parameters<typeof reference>[1],
  touchpoints: Parameters<typeof reference>[0],
) => journeysByPerson(reference(touchpoints, bounds))

describe('of differing copies of an id within one key', () => {
  test('one that names a customer goes before one that does not, however late', () => {
    const early = page(0, { id: 'a', ...BY_X, receivedAt: 1 })
    const named = page(0, { id: 'a', ...BY_X, ...ADA, receivedAt: 2 })
    expect(who(early, named)).toEqual({ 'c:ada': [['a']] })
  })

  test('then the smaller receivedAt counts, then the smaller content', () => {
    const [one, other] = ['good', 'bad']
      .map((comment) => page(0, { id: 'a', ...BY_X, comment, receivedAt: 5 }))
      .sort((a, b) => (contentDigest(a) < contentDigest(b) ? -1 : 1))
    const late = page(3, { id: 'a', ...BY_X, receivedAt: 6 })
    const content = (touchpoints: Parameters<typeof reference>[0]) =>
      JSON.parse(reference(touchpoints).touchpoints[0]!.at(-1) as string) as unknown
    expect(content([late, other!, one!])).toEqual(one)
    const earlier = { ...late, receivedAt: 4 }
    expect(content([one!, earlier, other!])).toEqual(earlier)
  })

  test('it alone belongs, links and unlinks', () => {
    const view = page(1)
    const wrong = { ...link('x', 'bob'), id: 'a', receivedAt: 9 }
    const right = { ...link('x', 'ada'), id: 'a', receivedAt: 8 }
    expect(who(view, wrong, right)).toEqual({ 'c:ada': [[view.id]] })
    const noUnlink = { ...page(9, { ...BY_X, ...BOB }), id: 'u', receivedAt: 1 }
    const lost = { ...unlink('x', 'ada', 9), id: 'u', receivedAt: 2 }
    expect(who(view, right, lost, noUnlink)).toEqual({ 'c:ada': [[view.id]], 'c:bob': [['u']] })
  })
})

describe('an event with only a device', () => {
  test('belongs to the latest link at or before it, else to the first after it, else to the device', () => {
    const [before, at, between, alone] = [page(1), page(2), page(4), page(4, { anonymousId: 'y' })]
    expect(who(before, at, between, alone, link('x', 'ada', 2), link('x', 'bob', 5))).toEqual({
      'c:ada': [[before.id, at.id, between.id]],
      'd:y': [[alone.id]],
    })
    const after = page(6)
    expect(who(at, after, link('x', 'ada', 2), link('x', 'bob', 5))).toEqual({
      'c:ada': [[at.id]],
      'c:bob': [[after.id]],
    })
  })

  test('takes a link of its very instant before an earlier one', () => {
    const at = page(2)
    expect(who(at, link('x', 'ada', 0), link('x', 'bob', 2))).toEqual({ 'c:bob': [[at.id]] })
  })

  test('takes links of one instant in the order of their ids, in bytes', () => {
    // As UTF-16 😀 goes before ～; as bytes after it, so it is the latest, and ～ the first.
    const links = [
      { ...link('x', 'ada', 5), id: '～' },
      { ...link('x', 'bob', 5), id: '😀' },
    ]
    const [before, after] = [page(1), page(6)]
    expect(who(before, after, ...links)).toEqual({
      'c:ada': [[before.id]],
      'c:bob': [[after.id]],
    })
  })

  test('follows any touchpoint that carries both ids, as that is itself a link', () => {
    const view = page(1)
    const both = order(undefined, 5)
    const named = { ...both, ...ADA }
    expect(who(view, named)).toEqual({ 'c:ada': [[view.id, named.id]] })
  })
})

describe('an unlink', () => {
  test('withdraws the links made at or before its instant, and the result is as if they had never been', () => {
    const view = page(4)
    const bobs = link('x', 'bob', 1)
    expect(who(view, bobs, link('x', 'ada', 2))).toEqual({ 'c:ada': [[view.id]] })
    expect(who(view, bobs, link('x', 'ada', 2), unlink('x', 'ada', 2))).toEqual({
      'c:bob': [[view.id]],
    })
    expect(who(view, link('x', 'ada', 2), unlink('x', 'ada', 9))).toEqual({ 'd:x': [[view.id]] })
    expect(who(view, link('x', 'ada', 3), unlink('x', 'ada', 2))).toEqual({ 'c:ada': [[view.id]] })
  })

  test('withdraws whatever the ids: at one instant a link of a greater id too', () => {
    const view = page(4)
    const late = { ...link('x', 'ada', 2), id: 'z' }
    expect(who(view, late, { ...unlink('x', 'ada', 2), id: 'a' })).toEqual({ 'd:x': [[view.id]] })
  })

  test('leaves a touchpoint that carries both ids with its customer', () => {
    const view = page(1)
    const named = page(2, { ...BY_X, ...ADA })
    expect(who(view, named, unlink('x', 'ada', 5))).toEqual({
      'c:ada': [[named.id]],
      'd:x': [[view.id]],
    })
  })
})

describe('copies that reach one person through several keys', () => {
  test('count once: named first, then the earlier received', () => {
    const browser = page(1, { id: 'a', ...BY_X, receivedAt: 1 })
    const server = page(2, { id: 'a', ...ADA, receivedAt: 2 })
    const counted = reference([browser, server, link('x', 'ada')])
    expect(counted.people[0]!.journeys[0]!.steps.map(({ key }) => key)).toEqual(['c:ada'])
    expect(counted.touchpoints).toHaveLength(3)
    const [late, early] = [page(1, { id: 'b', ...BY_X }), page(1, { id: 'b', anonymousId: 'y' })]
    const links = [link('x', 'ada'), link('y', 'ada')]
    const two = reference([{ ...late, receivedAt: 2 }, { ...early, receivedAt: 1 }, ...links])
    expect(two.people[0]!.journeys[0]!.steps.map(({ key }) => key)).toEqual(['d:y'])
  })

  test('each key’s copy is kept, so that when one moves away the other stays', () => {
    const browser = page(1, { id: 'a', ...BY_X })
    const server = page(2, { id: 'a', ...ADA })
    expect(who(browser, server, link('x', 'ada'), unlink('x', 'ada', 3))).toEqual({
      'c:ada': [['a']],
      'd:x': [['a']],
    })
  })

  test('compete after a machine’s are left out', () => {
    const bounds = { machineTouchpointsPerMonthMax: 2 }
    const early = page(1, { id: 'a', ...BY_X, receivedAt: 1 })
    const late = page(1, { id: 'a', anonymousId: 'y', receivedAt: 2 })
    const links = [link('x', 'ada', -30), link('y', 'ada', -40)]
    const counted = (touchpoints: Parameters<typeof reference>[0]) =>
      reference(touchpoints, bounds).people[0]!.journeys[0]!.steps.map(({ key }) => key)
    expect(counted([early, late, ...links])).toEqual(['d:x'])
    expect(counted([early, late, ...links, page(1), page(1)])).toEqual(['d:y'])
  })
})

describe('a machine', () => {
  test('is a device with more anonymous touchpoints than the bound in one UTC month', () => {
    const bounds = { machineTouchpointsPerMonthMax: 2 }
    const named = page(0, { ...BY_X, ...ADA })
    // The 10th of January; 21 days later is the 31st, 22 days later the 1st of February.
    const [one, two, last, next] = [page(0), page(1), page(21), page(22)]
    expect(among(bounds, [one, two, next, link('x', 'ada', 3)])).toEqual({
      'c:ada': [[one.id, two.id, next.id]],
    })
    expect(among(bounds, [one, two, last, next, named])).toEqual({ 'c:ada': [[named.id]] })
  })

  test('is counted by ids of all copies ever received, whichever copy counts', () => {
    const bounds = { machineTouchpointsPerMonthMax: 2 }
    const [one, two] = [page(0), page(1)]
    const moved = { ...page(40), id: one.id, receivedAt: 1 }
    expect(among(bounds, [one, two, one, moved])).toEqual({ 'd:x': [[two.id, one.id]] })
    // The copy in January does not count in the end, and still makes three ids of January.
    const third = page(2)
    const elsewhere = { ...page(50), id: third.id, receivedAt: 1 }
    expect(among(bounds, [one, two, third, elsewhere])).toEqual({})
  })

  test('is a customer named by more ids than the bound, an id once a key, but `unlink`', () => {
    const bounds = { machineTouchpointsPerMonthMax: 2 }
    const anonymous = page(3)
    const [one, two] = [page(0, ADA), page(1, { ...BY_X, ...ADA })]
    const again = page(2, { ...ADA, id: one.id })
    expect(among(bounds, [one, two, again, anonymous, unlink('x', 'ada', -1)])).toEqual({
      'c:ada': [[one.id, two.id, anonymous.id]],
    })
    // The same id through another key is one more; what is attributed by a link leaves too.
    const other = page(1, { ...ADA, anonymousId: 'y', id: one.id })
    const guest = reference([one, two, other, anonymous], bounds)
    expect(guest.people).toEqual([])
    expect(guest.touchpoints).toHaveLength(4)
  })

  test('is a customer named through more devices than the bound', () => {
    const bounds = { customerDevicesMax: 1 }
    const [one, two] = [page(0, { ...BY_X, ...ADA }), page(1, ADA)]
    expect(among(bounds, [one, two])).toEqual({ 'c:ada': [[one.id, two.id]] })
    expect(among(bounds, [one, two, link('y', 'ada')])).toEqual({})
    expect(among(bounds, [one, two, unlink('y', 'ada', 0)])).toEqual({
      'c:ada': [[one.id, two.id]],
    })
  })
})

describe('a device ever named together with more customers than the bound', () => {
  test('is shared: its anonymous touchpoints stay its own', () => {
    const bounds = { deviceCustomersMax: 1 }
    const view = page(1)
    const named = page(2, { ...BY_X, ...ADA })
    expect(among(bounds, [view, named])).toEqual({ 'c:ada': [[view.id, named.id]] })
    expect(among(bounds, [view, named, link('x', 'bob')])).toEqual({
      'c:ada': [[named.id]],
      'd:x': [[view.id]],
    })
    // The mark stays whatever becomes of the link.
    expect(among(bounds, [view, named, link('x', 'bob'), unlink('x', 'bob', 9)])).toEqual({
      'c:ada': [[named.id]],
      'd:x': [[view.id]],
    })
  })
})

test('a device and a customer of the same name are two', () => {
  const [device, customer] = [page(0, { anonymousId: 'ada' }), page(0, ADA)]
  expect(who(device, customer)).toEqual({ 'd:ada': [[device.id]], 'c:ada': [[customer.id]] })
})

test('identify and unlink are touchpoints of the table and no steps', () => {
  const all = reference([link('x', 'ada'), unlink('x', 'ada')])
  expect(journeysByPerson(all)).toEqual({})
  expect(cells(all, 'touchpoints', ['type', 'anonymous_id', 'customer_id'])).toEqual([
    { type: 'identify', anonymous_id: 'x', customer_id: 'ada' },
    { type: 'unlink', anonymous_id: 'x', customer_id: 'ada' },
  ])
})
