import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { answerReader } from '../../bench/support/http-answers.ts'

function answer(body: string, status = '202 Accepted'): Buffer {
  const head = `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: keep-alive`
  return Buffer.from(`${head}\r\n\r\n${body}`)
}

test('answers are read one after another, wherever the network cuts them', () => {
  const bodies = fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 4 })
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 })
  fc.assert(
    fc.property(bodies, cuts, (bodies, cuts) => {
      const read = answerReader()
      for (const body of bodies) {
        const bytes = answer(body)
        let from = 0
        for (let cut = 0; from < bytes.length; cut++) {
          const to = from + cuts[cut % cuts.length]!
          const given = read(bytes.subarray(from, to))
          from = to
          expect(given).toEqual(from < bytes.length ? undefined : { status: 202, body })
        }
      }
    }),
  )
})

test('an answer without a length, and bytes that nobody asked for, are errors', () => {
  expect(() => answerReader()(Buffer.from('HTTP/1.1 200 OK\r\nDate: now\r\n\r\n'))).toThrow(
    'length',
  )
  expect(() => answerReader()(Buffer.concat([answer('{}'), answer('{}')]))).toThrow('More')
})
