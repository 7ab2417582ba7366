import fastify, { type FastifyInstance } from 'fastify'
import { beforeEach, describe, expect, it } from 'vitest'
import { deadLetterOf } from '../../src/domain/dead-letter.ts'
import { answerProblems } from '../../src/http/problem.ts'
import { TOPICS } from '../../src/ports/event-log.ts'
import {
  deadLetters,
  type DeadLetterAnswer,
  type DeadLettersPage,
} from '../../queries/dead-letters.ts'
import { memoryLog, outgoing, type MemoryLog } from '../support/memory-log.ts'

const START_MS = Date.UTC(2026, 6, 1)

let log: MemoryLog
let app: FastifyInstance
let nowMs: number
beforeEach(async () => {
  nowMs = START_MS
  log = memoryLog({ now: () => nowMs })
  app = fastify()
  answerProblems(app)
  await app.register(deadLetters, { log })
})

const refused = (name: string, { site = 'shop', code = 'missing-type' as const } = {}) =>
  deadLetterOf(
    { raw: { id: name }, rejection: { code, path: 'type', message: 'Why.', id: name }, index: 3 },
    { site, receivedAtMs: nowMs },
  )

async function bury(name: string, about: { site?: string; code?: 'missing-type' } = {}) {
  nowMs += 1_000
  const letter = refused(name, about)
  await log.append(TOPICS.deadLetters, outgoing(letter.site, [JSON.stringify(letter)]))
}

async function list(query = ''): Promise<DeadLettersPage> {
  const response = await app.inject(`/api/dead-letters${query}`)
  expect(response.statusCode).toBe(200)
  return response.json()
}

const names = ({ deadLetters }: DeadLettersPage) =>
  deadLetters.map(({ touchpointId }) => touchpointId)

describe('the list of dead letters', () => {
  it('is empty where nothing was refused', async () => {
    expect(await list()).toEqual({ deadLetters: [], next: null })
  })

  it('says what, why and when, without what was sent', async () => {
    await bury('first')
    const { deadLetters: found } = await list()
    expect(found).toEqual([
      {
        id: expect.stringMatching(/^\d-0$/) as string,
        touchpointId: 'first',
        site: 'shop',
        receivedAt: '2026-07-01T00:00:01.000Z',
        code: 'missing-type',
        path: 'type',
        message: 'Why.',
        index: 3,
      },
    ])
  })

  it('is newest first over all partitions', async () => {
    const sites = ['a', 'b', 'c', 'd', 'e', 'f']
    const buried = Array.from({ length: 100 }, (_, index) => `n${index}`)
    for (const [index, name] of buried.entries()) {
      await bury(name, { site: sites[(index * 7) % sites.length]! })
    }
    expect(
      new Set(log.held('dead-letters').map(({ partition }) => partition)).size,
    ).toBeGreaterThan(1)
    expect(names(await list('?limit=100'))).toEqual(buried.toReversed())
  })

  it('goes on where the page before ended, while more are buried', async () => {
    for (let index = 0; index < 60; index += 1) await bury(`n${index}`, { site: `s${index % 5}` })
    const seen: (string | undefined)[] = []
    let next: string | null = ''
    while (next !== null) {
      const answer = await list(`?limit=7${next === '' ? '' : `&before=${next}`}`)
      seen.push(...names(answer))
      next = answer.next
      await bury('late')
    }
    expect(seen).toEqual(Array.from({ length: 60 }, (_, index) => `n${59 - index}`))
  })

  it('says on the last page that it is the last', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await bury(name)
    const { next } = await list('?limit=2')
    expect(await list(`?limit=2&before=${next}`)).toMatchObject({ next: null })
  })

  it('shows one code or one site', async () => {
    await bury('a', { site: 'nord' })
    await bury('b', { site: 'sud' })
    await bury('c', { site: 'nord' })
    expect(names(await list('?site=nord'))).toEqual(['c', 'a'])
    expect(names(await list('?code=missing-type&site=sud'))).toEqual(['b'])
    expect(names(await list('?code=rating-out-of-range'))).toEqual([])
  })

  it('looks at a bounded number of letters, and says where to go on', async () => {
    const wanted = JSON.stringify(refused('wanted'))
    const others = Array.from({ length: 5_000 }, () => JSON.stringify(refused('x', { site: 'no' })))
    await log.append(TOPICS.deadLetters, outgoing('shop', [wanted, ...others]))
    const first = await list('?site=shop')
    expect(first.deadLetters).toEqual([])
    expect(first.next).not.toBeNull()
    expect(names(await list(`?site=shop&before=${first.next}`))).toEqual(['wanted'])
  })

  it('leaves out what was trimmed', async () => {
    for (let index = 0; index < 40; index += 1) await bury(`n${index}`)
    const { partition } = log.held('dead-letters')[0]!
    await log.trim({ topic: TOPICS.deadLetters, partition, below: 38 })
    expect(names(await list())).toEqual(['n39', 'n38'])
  })

  it('shows a letter that cannot be read as such', async () => {
    await log.append(TOPICS.deadLetters, outgoing('shop', ['{broken', '7', '{}']))
    const codes = (await list()).deadLetters.map(({ code }) => code)
    expect(codes).toEqual(['unknown', 'unreadable', 'unreadable'])
  })

  it.each(['limit=0', 'limit=501', 'limit=x', 'before=x', 'before=1', 'code=a&code=b', 'other=1'])(
    '?%s is a 400',
    async (query) => {
      const response = await app.inject(`/api/dead-letters?${query}`)
      expect(response.json()).toMatchObject({ status: 400, code: 'invalid-parameter' })
    },
  )

  it('names every wrong parameter with what it must be', async () => {
    const response = await app.inject('/api/dead-letters?limit=x&before=y&code=a&code=b&other=1')
    expect(response.json<{ detail: string }>().detail).toBe(
      'limit must be a whole number from 1 to 500, not "x". ' +
        'before must be the "next" of an earlier answer of this log, not "y". ' +
        'code may be given once. Unknown parameter other; known are limit, before, code, site.',
    )
  })
})

describe('one dead letter', () => {
  it('is found by its id, with what was sent', async () => {
    await bury('first')
    await bury('second')
    const [newest] = (await list()).deadLetters
    const response = await app.inject(`/api/dead-letters/${newest!.id}`)
    expect(response.json<DeadLetterAnswer>()).toEqual({ ...newest, body: '{"id":"second"}' })
  })

  it.each(['0-999', '99-0', 'x', '1', '1-', '-1-0', '0-0.5', '9999999999999999-0'])(
    '%s is a 404',
    async (id) => {
      const response = await app.inject(`/api/dead-letters/${id}`)
      expect(response.json()).toMatchObject({ status: 404, code: 'unknown-dead-letter' })
    },
  )

  it('that was trimmed is a 404', async () => {
    await bury('first')
    const { partition } = log.held('dead-letters')[0]!
    await log.trim({ topic: TOPICS.deadLetters, partition, below: 1 })
    expect((await app.inject(`/api/dead-letters/${partition}-0`)).statusCode).toBe(404)
  })
})
