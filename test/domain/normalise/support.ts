import { expect } from 'vitest'
import { normalise, type NormaliseContext } from '../../../src/domain/normalise.ts'
import type { Rejection } from '../../../src/domain/rejection.ts'
import { parseSite } from '../../../src/domain/site.ts'
import type { Touchpoint } from '../../../src/domain/touchpoint.ts'

export const RECEIVED_AT_MS = Date.UTC(2026, 6, 1, 12)

export function contextOf(overrides: Partial<NormaliseContext> = {}): NormaliseContext {
  return { site: parseSite({}), receivedAtMs: RECEIVED_AT_MS, shiftMs: 0, ...overrides }
}

/** What `fields` of a page view become; it must be accepted. */
export function accepted(
  fields: Record<string, unknown>,
  overrides: Partial<NormaliseContext> = {},
): Touchpoint {
  const sent = { type: 'page_view', anonymousId: 'device', ...fields }
  const verdict = normalise(sent, contextOf(overrides))
  if (verdict.kind === 'rejected') expect.fail(`${verdict.code} at ${verdict.path}`)
  return verdict.touchpoint
}

/** Why `fields` of a page view are refused; they must be. */
export function rejected(
  fields: unknown,
  overrides: Partial<NormaliseContext> = {},
): Rejection & { id?: string } {
  const sent = isPlain(fields) ? { type: 'page_view', anonymousId: 'device', ...fields } : fields
  const verdict = normalise(sent, contextOf(overrides))
  if (verdict.kind === 'accepted') expect.fail('it was accepted')
  const { kind: _, ...rejection } = verdict
  return rejection
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
