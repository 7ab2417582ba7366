import type { GenerationSettings } from '../../../src/domain/generation.ts'
import type { Touchpoint } from '../../../src/domain/touchpoint.ts'
import { type Reference, referenceRows } from './reference.ts'

/** `referenceRows` of a whole log, in a time that grows with the log and not with its square. */
export function referenceRowsOfLog(
  accepted: readonly Touchpoint[],
  settings: GenerationSettings,
  options: Parameters<typeof referenceRows>[2] = {},
): Reference {
  const parts = componentsOf(accepted).map((part) => referenceRows(part, settings, options))
  return {
    milestones: parts.flatMap(({ milestones }) => milestones),
    steps: parts.flatMap(({ steps }) => steps),
    journeys: parts.flatMap(({ journeys }) => journeys),
    touchpoints: parts.flatMap(({ touchpoints }) => touchpoints),
    people: parts.flatMap(({ people }) => people),
  }
}

/**
 * Sets of touchpoints that have no device and no customer in common, not even by way of others.
 * Whose a touchpoint is depends on those with its device or its customer alone, so the reference
 * may be asked about each set by itself.
 */
function componentsOf(touchpoints: readonly Touchpoint[]): Touchpoint[][] {
  const parents = new Map<string, string>()
  for (const touchpoint of touchpoints) {
    const [first, ...others] = namesOf(touchpoint).map(rootOf)
    for (const other of others) parents.set(other, first!)
  }
  const components = Map.groupBy(touchpoints, (touchpoint) => rootOf(namesOf(touchpoint)[0]!))
  return [...components.values()]

  function rootOf(name: string): string {
    let root = name
    for (let next = parents.get(root); next !== undefined && next !== root;) {
      root = next
      next = parents.get(root)
    }
    // Every name on the way points at the end of it now, or chains would grow with the log.
    for (let at = name; at !== root;) {
      const next = parents.get(at)!
      parents.set(at, root)
      at = next
    }
    return root
  }
}

function namesOf({ anonymousId, customerId }: Touchpoint): string[] {
  const names: string[] = []
  if (anonymousId !== undefined) names.push(`d:${anonymousId}`)
  if (customerId !== undefined) names.push(`c:${customerId}`)
  return names
}
