import { describe, expect, test } from 'vitest'
import { attribute } from '../../processors/attribute.ts'
import { atOnce } from '../../processors/slices.ts'
import { readTouchpoint } from '../../processors/touchpoint-record.ts'
import { BOUNDS } from '../../src/domain/bounds.ts'
import { ecommerce } from '../../src/domain/models/ecommerce.ts'
import { rowContextOf } from '../../src/domain/row-context.ts'
import { parseStageModel } from '../../src/domain/stage-model.ts'
import { TOPICS } from '../../src/ports/event-log.ts'

const SOUND = {
  site: 'shop',
  id: 't1',
  type: 'order',
  action: 'placed',
  occurredAt: 1_700_000_000_000,
  receivedAt: 1_700_000_000_000,
  anonymousId: 'x',
  channel: 'web',
  order: { id: 'o', value: '12.5' },
}
const bytes = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))

describe('a record of touchpoints that is none', () => {
  test.each<[path: string, record: unknown]>([
    ['', '{"cut'],
    ['', '[]'],
    ['', 'null'],
    ['id', { ...SOUND, id: 5 }],
    ['type', { ...SOUND, type: 'constructor' }],
    ['occurredAt', { ...SOUND, occurredAt: 1e300 }],
    ['occurredAt', { ...SOUND, occurredAt: 9e15 }],
    ['channel', { ...SOUND, channel: 'carrier-pigeon' }],
    ['anonymousId', { ...SOUND, anonymousId: undefined }],
    ['order.value', { ...SOUND, order: { value: 'a lot' } }],
    ['order.value', { ...SOUND, order: { value: '123456789012345' } }],
    ['page.kind', { ...SOUND, page: { kind: 'attic' } }],
    ['rating', { ...SOUND, rating: 4.5 }],
    ['experiments', { ...SOUND, experiments: { a: 1 } }],
  ])('is a dead letter that names %j', (path, record) => {
    const read = readTouchpoint(bytes(record), 'shop')
    expect(read).toMatchObject({
      kind: 'unreadable',
      letter: { code: 'unreadable', site: 'shop', path },
    })
  })

  test('harms nobody else: the others of its batch are attributed', () => {
    const settings = {
      model: parseStageModel(ecommerce),
      timeZone: 'UTC',
      currency: 'EUR',
      rates: {},
      rowsCode: 1,
    }
    const contexts = [rowContextOf({ number: 1, site: 'shop', settings }, BOUNDS)]
    const empty = { get: () => undefined, range: () => [] }
    const work = attribute.process([bytes('no'), bytes(SOUND)], empty, {
      site: 'shop',
      contexts,
      bounds: BOUNDS,
      epoch: 0,
    })
    const { outputs } = atOnce(work)
    const count = (topic: string) =>
      outputs.find((output) => output.topic === topic)!.records.length
    expect([count(TOPICS.deadLetters), count(TOPICS.attributed)]).toEqual([1, 1])
  })
})
