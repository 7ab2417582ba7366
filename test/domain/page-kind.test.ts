import { expect, it } from 'vitest'
import { pageKindOf, pathOfUrl, PATTERN_PATH_CHARACTERS_MAX } from '../../src/domain/page-kind.ts'
import { parseSite } from '../../src/domain/site.ts'

const site = parseSite({
  pages: [
    { pattern: '^/$', kind: 'home' },
    { pattern: '^/p/', kind: 'product' },
    { pattern: '^/p/sale', kind: 'landing' },
    { pattern: '(a+)+b$', kind: 'article' },
  ],
})

it('the first pattern that matches gives the kind, the same one every time', () => {
  for (let round = 0; round < 2; round += 1) {
    expect(pageKindOf('/', site)).toBe('home')
    expect(pageKindOf('/p/sale', site)).toBe('product')
    expect(pageKindOf('/nowhere', site)).toBeUndefined()
  }
})

it.each([
  ['/cat%C3%A9gorie/robes', 'category'],
  ['/catégorie/robes', 'category'],
  ['/%E9t%E9', undefined],
  ['/p%2Fq', undefined],
  ['/p%2Fq/100%', undefined],
  ['/a%20b', 'article'],
])('a pattern may be written as people read a path: %s', (path, kind) => {
  const { pages } = parseSite({
    pages: [
      { pattern: '^/catégorie/', kind: 'category' },
      { pattern: '^/p/', kind: 'product' },
      { pattern: '^/a%20', kind: 'article' },
    ],
  })
  expect(pageKindOf(path, { pages })).toBe(kind)
})

it('two sites do not share what they remember', () => {
  const other = parseSite({ pages: [{ pattern: '^/p/', kind: 'category' }] })
  expect(pageKindOf('/p/1', site)).toBe('product')
  expect(pageKindOf('/p/1', other)).toBe('category')
})

it('more paths than are remembered still have their kinds', () => {
  for (let index = 0; index < 5_000; index += 1) {
    expect(pageKindOf(`/p/${index}`, site)).toBe('product')
  }
})

it('a path beyond the bound has no kind, so that no pattern backtracks over it', () => {
  expect(pageKindOf(`/p/${'x'.repeat(PATTERN_PATH_CHARACTERS_MAX - 3)}`, site)).toBe('product')
  expect(pageKindOf(`/p/${'x'.repeat(PATTERN_PATH_CHARACTERS_MAX - 2)}`, site)).toBeUndefined()
})

it.each([
  ['https://shop.example/p/1?a=b#c', '/p/1'],
  ['https://shop.example', '/'],
  ['https://shop.example?a=/b', '/'],
  ['https://user:pass@shop.example:8443/été%20/x', '/été%20/x'],
  ['//shop.example/p/1', '/p/1'],
  ['/p/1#top', '/p/1'],
  ['app://shop/p/1', '/p/1'],
  ['mailto:someone@shop.example', undefined],
  ['shop.example/p/1', undefined],
  [`https://shop.example/${'x'.repeat(2_000)}`, undefined],
])('the path of %j is %j', (url, path) => {
  expect(pathOfUrl(url)).toBe(path)
})
