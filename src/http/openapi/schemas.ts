import { z } from 'zod'
import { type JsonSchema, SCHEMAS_POINTER } from './part.ts'

/**
 * Zod schemas as the schemas of an OpenAPI document, so that both say the same.
 * Objects stay open: an answer may have more members one day, and readers should pass over them.
 * @param named by the name that `ref` takes; where one schema holds another, it refers to it
 */
export function componentSchemas(named: Record<string, z.ZodType>): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id })
  const { schemas } = z.toJSONSchema(registry, {
    io: 'input',
    uri: (id) => `${SCHEMAS_POINTER}${id}`,
    override: ({ jsonSchema }) => withoutNoise(jsonSchema),
  })
  const { __shared: shared, ...own } = schemas as Record<string, JsonSchema>
  const components = { ...own, ...sharedSchemas(shared) }
  const entries = Object.entries(components).map(([name, schema]) => {
    const { $schema: _, $id: __, ...rest } = schema
    return [name, withSharedNames(rest) as JsonSchema] as const
  })
  return Object.fromEntries(entries)
}

/** What holds for every number or text of the kind, or is said by a format already. */
function withoutNoise(schema: JsonSchema): void {
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
  if (schema.format === 'date-time' || schema.format === 'date') delete schema.pattern
}

// Zod names a recursive schema by its number. There is one: any JSON value.
const SHARED_NAMES: Readonly<Record<string, string>> = { schema0: 'JsonValue' }
const SHARED_POINTER = `${SCHEMAS_POINTER}__shared#/$defs/`

function sharedSchemas(shared: JsonSchema | undefined): Record<string, JsonSchema> {
  const defs = Object.entries((shared?.$defs ?? {}) as Record<string, JsonSchema>)
  return Object.fromEntries(defs.map(([number, schema]) => [sharedName(number), schema]))
}

function withSharedNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSharedNames)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, member]) => {
    const isShared =
      key === '$ref' && typeof member === 'string' && member.startsWith(SHARED_POINTER)
    if (!isShared) return [key, withSharedNames(member)]
    return [key, `${SCHEMAS_POINTER}${sharedName(member.slice(SHARED_POINTER.length))}`]
  })
  return Object.fromEntries(entries)
}

function sharedName(number: string): string {
  const name = SHARED_NAMES[number]
  if (name === undefined) throw new Error(`A recursive schema has no name yet: ${number}.`)
  return name
}
