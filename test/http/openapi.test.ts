import { describe, expect, it } from 'vitest'
import { openApiDocument } from '../../src/commands/openapi/document.ts'
import { readConfig } from '../../src/config.ts'
import { ACTIONS } from '../../src/domain/vocabulary.ts'
import { EXAMPLE_ORIGIN, type MediaType, ref } from '../../src/http/openapi/part.ts'
import { openApiFaults } from './openapi-faults.ts'
import { schemaCheck } from './openapi-schemas.ts'

const document = openApiDocument({ version: '1.2.3' })
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
)

describe('the document', () => {
  it('is sound OpenAPI 3.1', () => {
    expect(openApiFaults(document)).toEqual([])
  })

  const changed = (change: (copy: typeof document) => unknown) => {
    const copy = structuredClone(document)
    change(copy)
    return openApiFaults(copy)
  }
  it.each([
    ['a version of another kind', changed((copy) => (copy.openapi = '3.0.3'))],
    ['a schema that is not there', changed((copy) => delete copy.components.schemas.Problem)],
    ['a member that OpenAPI lacks', changed((copy) => Object.assign(copy, { definitions: {} }))],
    [
      'an answer without description',
      changed((copy) => Object.assign(copy.paths['/metrics']!.get!.responses, { 200: {} })),
    ],
    [
      'a parameter that is not in the path',
      changed((copy) => (copy.paths['/api/dead-letters/{id}']!.get!.parameters = [])),
    ],
    [
      'an unknown security scheme',
      changed((copy) => copy.paths['/metrics']!.get!.security.push({ other: [] })),
    ],
    [
      'an operation twice',
      changed((copy) => (copy.paths['/metrics']!.get!.operationId = 'getFunnel')),
    ],
  ])('would not be with %s', (_, faults) => {
    expect(faults).not.toEqual([])
  })

  it('has no schema that nothing names', () => {
    const text = JSON.stringify(document)
    const names = Object.keys(document.components.schemas)
    expect(names.filter((name) => !text.includes(`components/schemas/${name}`))).toEqual([])
  })

  it.each(operations)('shows a command to copy for $name', ({ operation }) => {
    expect(operation.description).toContain(`${EXAMPLE_ORIGIN}/`)
  })

  it('has commands that go where a start listens', () => {
    const reading = readConfig({}, {})
    if (reading.kind === 'invalid') throw new Error(reading.problems.join())
    const { host, port } = reading.config
    expect(EXAMPLE_ORIGIN).toBe(`http://${host}:${port}`)
  })
})

describe('every example fits its schema', async () => {
  const faultsOf = await schemaCheck(document)

  const shown = operations.flatMap(({ name, operation }) => {
    const contents = [
      ['request', operation.requestBody?.content],
      ...Object.entries(operation.responses).map(([status, { content }]) => [status, content]),
    ] as [string, Record<string, MediaType> | undefined][]
    return contents.flatMap(([where, content = {}]) =>
      Object.entries(content).flatMap(([mediaType, { schema, example, examples = {} }]) => {
        const values = Object.values(examples).map(({ value }) => value)
        if (example !== undefined) values.push(example)
        return values.map((value) => ({ at: `${name} ${where} ${mediaType}`, schema, value }))
      }),
    )
  })

  it('and there are many', () => {
    expect(shown.length).toBeGreaterThan(15)
  })

  it.each(shown)('$at', ({ schema, value }) => {
    expect(faultsOf(schema, value)).toEqual([])
  })

  const samples = operations.flatMap(({ name, operation }) =>
    (operation.parameters ?? []).flatMap(({ name: parameter, schema, example }) =>
      [example, ...((schema.examples as unknown[]) ?? [])]
        .filter((value) => value !== undefined)
        .map((value) => ({ at: `${name} ${parameter}`, schema, value })),
    ),
  )

  it.each(samples)('parameter $at', ({ schema, value }) => {
    expect(faultsOf(schema, value)).toEqual([])
  })
})

describe('the schema of a touchpoint', async () => {
  const faultsOf = await schemaCheck(document)
  const touchpoint = (fields: object) => faultsOf(ref('Touchpoint'), fields)

  it.each(
    Object.entries(ACTIONS).flatMap(([type, actions]) =>
      (actions.length === 0 ? ['anything'] : actions).map((action) => ({ type, action })),
    ),
  )('takes $type.$action', (act) => {
    expect(touchpoint({ ...act, anonymousId: 'device', customerId: 'customer' })).toEqual([])
  })

  it.each([
    ['no type', { anonymousId: 'device' }],
    ['nobody', { type: 'page_view' }],
    ['an unknown type', { type: 'visit', anonymousId: 'device' }],
    ['money as a float', { type: 'order', customerId: 'customer', order: { value: 9.5 } }],
    ['a rating of 6', { type: 'review', customerId: 'customer', rating: 6 }],
    ['an id too long', { type: 'page_view', customerId: 'customer', id: 'x'.repeat(65) }],
    ['a time in words', { type: 'page_view', customerId: 'customer', occurredAt: 'yesterday' }],
  ])('refuses %s', (_, fields) => {
    expect(touchpoint(fields)).not.toEqual([])
  })

  it('keeps a place for what it does not know', () => {
    expect(touchpoint({ type: 'page_view', anonymousId: 'device', cartSize: 3 })).toEqual([])
  })
})
