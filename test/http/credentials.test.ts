import { describe, expect, it } from 'vitest'
import { authorizationSecret } from '../../src/http/authorization.ts'
import { secretTable } from '../../src/http/secrets.ts'

describe('the secret of an Authorization header', () => {
  const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`

  it.each([
    ['Bearer abc', 'abc'],
    ['bearer   abc  ', 'abc'],
    [basic('abc:'), 'abc'],
    [basic('abc'), 'abc'],
    [basic('abc:pass:word'), 'abc'],
    [basic('clé:'), 'clé'],
    [basic(':password'), undefined],
    ['Bearer', undefined],
    ['Bearer ', undefined],
    ['abc', undefined],
    ['Digest abc', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('of %j is %j', (header, secret) => {
    expect(authorizationSecret(header)).toBe(secret)
  })
})

describe('a table of secrets', () => {
  const opens = secretTable([
    { secret: 'first', opens: 1 },
    { secret: 'second', opens: 2 },
  ])

  it('opens what each secret opens', () => {
    expect([opens('first'), opens('second')]).toEqual([1, 2])
  })

  it.each(['', 'firs', 'first ', 'FIRST', 'third', 'x'.repeat(100_000)])(
    'opens nothing for %.20j',
    (given) => {
      expect(opens(given)).toBeUndefined()
    },
  )

  it('that is empty opens nothing', () => {
    expect(secretTable([])('first')).toBeUndefined()
  })
})
