import { isAbsent, isRecord, refuse, setOwn, type Reading } from './reading.ts'

/**
 * What was sent as `properties`, and the strays beside it.
 * A stray whose name the sender's properties have too takes `$.` before it, so both are kept.
 */
export function readProperties(
  value: unknown,
  reading: Reading,
): Record<string, unknown> | undefined {
  const own = ownProperties(value, reading)
  if (reading.strays === undefined) return own
  const properties: Record<string, unknown> = { ...own }
  for (const [path, stray] of Object.entries(reading.strays)) {
    let name = path
    while (Object.hasOwn(properties, name)) name = `$.${name}`
    setOwn(properties, name, stray)
  }
  return properties
}

function ownProperties(value: unknown, reading: Reading): Record<string, unknown> | undefined {
  if (isAbsent(value)) return undefined
  if (!isRecord(value)) {
    return refuse(reading, 'not-an-object', 'properties', '"properties" must be an object.')
  }
  return Object.keys(value).length === 0 ? undefined : value
}
