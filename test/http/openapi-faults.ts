import { check, DOCUMENT, isObject, type Value } from './openapi-rules.ts'

/** Why a document is no OpenAPI 3.1, one sentence each; none where it is. */
export function openApiFaults(document: object): string[] {
  const value = document as Value
  return [
    ...check(value, '#', DOCUMENT, value),
    ...danglingReferences(value),
    ...repeatedIds(value),
    ...pathFaults(value),
  ]
}

function danglingReferences(document: Value): string[] {
  return [...objectsIn(document)]
    .flatMap(({ $ref }) => (typeof $ref === 'string' ? [$ref] : []))
    .filter((ref) => at(document, ref.replace(/^#\//, '').split('/')) === undefined)
    .map((ref) => `${ref} is named and does not exist.`)
}

function repeatedIds(document: Value): string[] {
  const ids = operationsIn(document).map(({ operation }) => String(operation.operationId))
  return ids
    .filter((id, index) => ids.indexOf(id) !== index)
    .map((id) => `operationId ${id} is there twice.`)
}

/** Every `{name}` of a path is a required parameter, and the other way round. */
function pathFaults(document: Value): string[] {
  return operationsIn(document).flatMap(({ path, operation }) => {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)
    const declared = ((operation.parameters ?? []) as Value[])
      .filter((parameter) => parameter.in === 'path' && parameter.required === true)
      .map(({ name }) => String(name))
    return named.toSorted().join() === declared.toSorted().join()
      ? []
      : [`${path} names ${named.join()}, its parameters ${declared.join()}.`]
  })
}

function operationsIn({ paths }: Value): { path: string; operation: Value }[] {
  return Object.entries(paths as Record<string, Record<string, Value>>).flatMap(([path, item]) =>
    Object.values(item).map((operation) => ({ path, operation })),
  )
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((found, key) => (isObject(found) ? found[key] : undefined), value)
}

function* objectsIn(value: unknown): Generator<Value> {
  if (Array.isArray(value)) for (const item of value) yield* objectsIn(item)
  if (!isObject(value)) return
  yield value
  for (const item of Object.values(value)) yield* objectsIn(item)
}
