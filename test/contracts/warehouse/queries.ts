import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { QueryParameter, Warehouse } from '../../../src/ports/warehouse.ts'
import { HOSTILE_TEXTS, hostileText } from '../../support/hostile-texts.ts'

export const SLOW = 'SELECT sum(sipHash64(number)) AS n FROM numbers(1000000000000)'

/** More than any adapter lets wait. */
const MANY = 400

/** What a question is answered with; `warehouse` has the schema. */
export function queryContract(warehouse: () => Warehouse): void {
  async function answer<T>(type: string, value: QueryParameter): Promise<T> {
    const { rows } = await warehouse().query<{ it: T }>(`SELECT {value:${type}} AS it`, { value })
    return rows[0]!.it
  }

  describe('a bound value comes back as it went in', () => {
    test('any text, alone and in a list', async () => {
      for (const one of HOSTILE_TEXTS) expect(await answer('String', one)).toBe(one.toWellFormed())
      await fc.assert(
        fc.asyncProperty(fc.array(hostileText, { maxLength: 20 }), async (texts) => {
          const expected = texts.map((one) => one.toWellFormed())
          expect(await answer('Array(String)', texts)).toEqual(expected)
          const joined = texts.join('')
          expect(await answer('String', joined)).toBe(joined.toWellFormed())
          // The engine's own measure: no byte more or less.
          const { rows } = await warehouse().query<{ bytes: string }>(
            'SELECT length({joined:String}) AS bytes',
            { joined },
          )
          expect(Number(rows[0]!.bytes)).toBe(Buffer.byteLength(joined))
        }),
        { numRuns: 60 },
      )
    })

    test('a list that is longer than any address', async () => {
      const texts = Array.from({ length: 5_000 }, (_, index) => `${index} it's {x:String} \n\0 é`)
      expect(await answer('Array(String)', texts)).toEqual(texts)
      const numbers = texts.map((_, index) => String(2n ** 64n - 1n - BigInt(index)))
      expect(await answer('Array(UInt64)', numbers)).toEqual(numbers)
    })

    test('an integer of 64 bits as decimal text, a smaller one as a number', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
          fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
          fc.integer(),
          async (unsigned, signed, small) => {
            expect(await answer('UInt64', String(unsigned))).toBe(String(unsigned))
            expect(await answer('Int64', String(signed))).toBe(String(signed))
            expect(await answer('Int32', small)).toBe(small)
            expect(await answer('Array(UInt64)', [String(unsigned)])).toEqual([String(unsigned)])
          },
        ),
        { numRuns: 25 },
      )
    })

    test('a day, a fraction, a truth and empty lists', async () => {
      expect(await answer('Date', '2024-02-29')).toBe('2024-02-29')
      expect(await answer('Float64', 0.1)).toBe(0.1)
      expect(await answer('Float64', -1.5e-7)).toBe(-1.5e-7)
      expect(await answer('Bool', true)).toBe(true)
      expect(await answer('Bool', false)).toBe(false)
      expect(await answer('Array(UInt64)', [])).toEqual([])
      expect(await answer('Array(String)', [])).toEqual([])
      expect(await answer('Array(Int32)', [0, -7])).toEqual([0, -7])
    })
  })

  describe('a parameter', () => {
    test.each<[string, QueryParameter]>([
      ['UInt8', 256],
      ['UInt64', '1 OR 1'],
      // A double cannot hold it: it would be another number.
      ['UInt64', 2 ** 60],
      ['Date', "2024-01-01', 1"],
      ['Array(UInt64)', ['1', "'"]],
      ['String', 5],
    ])('that is no %s is refused: %s', async (type, value) => {
      await expect(answer(type, value)).rejects.toThrow('"value" is no')
    })

    test('without a value is refused, and in a text it is none', async () => {
      await expect(warehouse().query('SELECT {y:String}')).rejects.toThrow('{y:String}')
      const { rows } = await warehouse().query("SELECT '{y:String}' AS it -- {y:String}")
      expect(rows).toEqual([{ it: '{y:String}' }])
    })
  })

  describe('a query', () => {
    test('that takes too long is stopped, and the next one is answered', async () => {
      await expect(warehouse().query(SLOW, {}, { timeoutSeconds: 1 })).rejects.toMatchObject({
        code: 'timeout',
        retryable: true,
      })
      expect((await warehouse().query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    })

    test('that fails half-way is an error, and leaves nothing before the next answer', async () => {
      const failing = warehouse().query(
        'SELECT number, throwIf(number = 300000) FROM numbers(500000)',
      )
      await expect(failing).rejects.toMatchObject({ code: 'rejected', retryable: false })
      expect((await warehouse().query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    })

    test('tells what it read', async () => {
      const answer = await warehouse().query('SELECT sum(number) AS n FROM numbers(1000)')
      expect(answer).toMatchObject({ rows: [{ n: '499500' }], rowsRead: 1000, bytesRead: 8000 })
    })

    test('of many rows has all of them', async () => {
      const { rows } = await warehouse().query<{ n: string }>(
        'SELECT number AS n, repeat(toString(sipHash64(number)), 5) AS text FROM numbers(50000)',
      )
      expect(rows.length).toBe(50_000)
      expect(rows.at(-1)).toMatchObject({ n: '49999' })
    })

    test('beyond what may wait is refused, and those that wait are answered', async () => {
      const asked = Array.from({ length: MANY }, () => warehouse().query('SELECT 1 AS one'))
      const answers = await Promise.allSettled(asked)
      const refused = answers.filter(({ status }) => status === 'rejected')
      expect(refused.length).toBeGreaterThan(0)
      expect(refused.length).toBeLessThan(MANY - 200)
      expect(refused[0]).toMatchObject({ reason: { code: 'busy', retryable: true } })
    })

    test('of what is not there says to migrate', async () => {
      await expect(warehouse().query('SELECT 1 FROM nowhere')).rejects.toThrow('parcours migrate')
    })

    test('that is wrong is refused for good', async () => {
      await expect(warehouse().query('SELEC 1')).rejects.toMatchObject({
        code: 'rejected',
        retryable: false,
      })
    })
  })

  test('the version is that of ClickHouse', async () => {
    expect(await warehouse().version()).toMatch(/^\d+\.\d+\.\d+/)
  })
}
