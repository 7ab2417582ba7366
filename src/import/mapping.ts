import {
  isObject,
  pathText,
  type SchemaProblem,
  shapeProblems,
  soundMembers,
} from '../domain/schema-problems.ts'
import { mappingSchema, type Mapping } from './mapping-schema.ts'

export type MappingReading =
  | { kind: 'valid'; mapping: Mapping }
  | { kind: 'invalid'; problems: string[] }

/** @param input the content of a mapping file */
export function readMapping(input: unknown): MappingReading {
  const ofShape = shapeProblems(mappingSchema, input)
  const problems = [
    ...ofShape,
    ...(isObject(input) && !Array.isArray(input) ? contradictions(input, ofShape) : []),
  ]
  return problems.length === 0
    ? { kind: 'valid', mapping: mappingSchema.parse(input) }
    : {
        kind: 'invalid',
        problems: problems.map(
          ({ path, message }) => `${pathText(path, input) || '(file)'}: ${message}`,
        ),
      }
}

/** "Product Viewed", "product_viewed" and "PRODUCT-VIEWED" are one name: senders agree on words only. */
export function looseName(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]+/g, '')
}

/** What members say against one another; of those that are wrong by themselves nothing is said again. */
function contradictions(
  input: Record<PropertyKey, unknown>,
  ofShape: readonly SchemaProblem[],
): SchemaProblem[] {
  const unsound = new Set(ofShape.map(({ path }) => path[0]))
  const { event, fields = {}, constants = {}, csv, format } = soundMembers(mappingSchema, input)
  const canTell = !['event', 'fields', 'constants'].some((name) => unsound.has(name))
  const problems: SchemaProblem[] = []
  const fills = (name: string) => name in fields || name in constants
  const acts = Object.values(event?.names ?? {}).flat()
  if (canTell && event === undefined && !fills('type')) {
    const message = 'is missing: it must say what happened, or a constant or field must fill "type"'
    problems.push({ path: ['event'], message })
  }
  const everyActNames = (name: string) =>
    acts.length > 0 && acts.every((act) => act.type === undefined || act.fields?.[name])
  if (
    canTell &&
    !['anonymousId', 'customerId'].some((name) => fills(name) || everyActNames(name))
  ) {
    const message = 'must fill anonymousId or customerId: a touchpoint is somebody’s'
    problems.push({ path: ['fields'], message })
  }
  if (format === 'json' && (csv?.columns !== undefined || csv?.delimiter !== undefined)) {
    problems.push({ path: ['csv'], message: 'has no meaning with format "json": leave it out' })
  }
  return [...problems, ...sameNames(input['event'])]
}

function sameNames(event: unknown): SchemaProblem[] {
  const names = isObject(event) && isObject(event['names']) ? Object.keys(event['names']) : []
  const seen = new Map<string, string>()
  const problems: SchemaProblem[] = []
  for (const name of names) {
    const before = seen.get(looseName(name))
    if (before !== undefined) {
      const message = `is the same name as "${before}": case, spaces, _ and - do not count; keep one`
      problems.push({ path: ['event', 'names', name], message })
    }
    seen.set(looseName(name), name)
  }
  return problems
}
