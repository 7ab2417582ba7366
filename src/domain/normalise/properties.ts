import type { TouchpointType } from '../vocabulary.ts'
import { isAbsent, isRecord, keepStray, refuse, setOwn, type Reading } from './reading.ts'
import { SHARED_FIELDS } from './shape.ts'

/**
 * What was sent as `properties`, and every field that the shape does not know beside it.
 * A stray whose name the sender's properties have too takes `$.` before it, so both are kept.
 */
export function readProperties(
  sent: Record<string, unknown>,
  { site, type }: { site: string; type: TouchpointType },
  reading: Reading,
): Record<string, unknown> | undefined {
  for (const name of Object.keys(sent)) {
    if (KNOWN.has(name) || isAbsent(sent[name])) continue
    // Only a survey has a score of its own, and only another site's name says something.
    if (name === 'score' && type === 'survey') continue
    if (name === 'site' && sent.site === site) continue
    keepStray(reading, name, sent[name])
  }
  const own = ownProperties(sent.properties, reading)
  if (reading.strays === undefined) return own
  const properties: Record<string, unknown> = { ...own }
  for (const [path, value] of Object.entries(reading.strays)) {
    let name = path
    while (Object.hasOwn(properties, name)) name = `$.${name}`
    setOwn(properties, name, value)
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

const KNOWN: ReadonlySet<string> = new Set([
  ...Object.keys(SHARED_FIELDS),
  'id',
  'type',
  'action',
  'occurredAt',
  'receivedAt',
  'channel',
  'properties',
])
