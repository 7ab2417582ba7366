import type { z } from 'zod'
import { mappingSchema, type Mapping } from './mapping-schema.ts'

export type MappingReading =
  | { kind: 'valid'; mapping: Mapping }
  | { kind: 'invalid'; problems: string[] }

/** @param input the content of a mapping file */
export function readMapping(input: unknown): MappingReading {
  const parsed = mappingSchema.safeParse(input)
  const problems = parsed.success
    ? contradictions(parsed.data)
    : parsed.error.issues.map(sentenceOf)
  return parsed.success && problems.length === 0
    ? { kind: 'valid', mapping: parsed.data }
    : { kind: 'invalid', problems }
}

/** "Product Viewed", "product_viewed" and "PRODUCT-VIEWED" are one name: senders agree on words only. */
export function looseName(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]+/g, '')
}

function contradictions({ event, fields, constants, csv, format }: Mapping): string[] {
  const problems: string[] = []
  const fills = (name: string) => name in fields || name in constants
  const acts = Object.values(event?.names ?? {}).flat()
  if (event === undefined && !fills('type')) {
    problems.push('event: is missing, and no constant or field gives the type')
  }
  const everyActNames = (name: string) =>
    acts.length > 0 && acts.every((act) => act.type === undefined || act.fields?.[name])
  if (!['anonymousId', 'customerId'].some((name) => fills(name) || everyActNames(name))) {
    problems.push('fields: nothing fills anonymousId or customerId; a touchpoint is somebody’s')
  }
  const seen = new Map<string, string>()
  for (const name of Object.keys(event?.names ?? {})) {
    const before = seen.get(looseName(name))
    if (before !== undefined) {
      problems.push(
        `event.names: "${before}" and "${name}" are the same name: case, spaces, _ and - do not count`,
      )
    }
    seen.set(looseName(name), name)
  }
  if (format === 'json' && (csv.columns !== undefined || csv.delimiter !== undefined)) {
    problems.push('csv: has no meaning with format "json"')
  }
  return problems
}

function sentenceOf(issue: z.core.$ZodIssue): string {
  const message =
    issue.code === 'invalid_key'
      ? issue.issues.map(({ message }) => message).join('; ')
      : issue.message.replace(/^Invalid input: expected (\w+), received undefined$/, 'is missing')
  return `${issue.path.join('.') || '(file)'}: ${message}`
}
