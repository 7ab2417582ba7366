import { expect } from 'vitest'
import { canonicalJson } from '../../src/domain/digest.ts'
import { normalise } from '../../src/domain/normalise.ts'
import type { Site } from '../../src/domain/site.ts'
import type { Kept } from './stopped-directory.ts'

/** What goes to a collector; its mark tells it from everything else that is ever sent. */
export type Item = { mark: string; raw: Record<string, unknown> }

/** What senders know: all that they ever handed over, and what a 202 said of it. */
export type Shadow = {
  sent: Map<string, Record<string, unknown>>
  accepted: Set<string>
  rejected: Set<string>
}

export function newShadow(): Shadow {
  return { sent: new Map(), accepted: new Set(), rejected: new Set() }
}

/** The mark goes first, so that it is found in what is cut off too. */
export function marked(mark: string, raw: Record<string, unknown>): Item {
  const { properties, ...rest } = raw
  return { mark, raw: { properties: { mark, ...(properties as object | undefined) }, ...rest } }
}

/** Every 202 was the truth, and nothing is in the log that nobody sent. */
export function expectKept(shadow: Shadow, kept: Kept, site: Site): void {
  const touchpoints = new Set<string>()
  const forged: unknown[] = []
  for (const touchpoint of kept.touchpoints) {
    const mark = String(touchpoint.properties?.['mark'])
    const raw = shadow.sent.get(mark)
    touchpoints.add(mark)
    const verdict = raw && normalise(raw, { site, receivedAtMs: touchpoint.receivedAt, shiftMs: 0 })
    const isSame =
      verdict?.kind === 'accepted' &&
      canonicalJson(verdict.touchpoint) === canonicalJson(touchpoint)
    if (!isSame) forged.push({ touchpoint, raw })
  }
  expect(forged.slice(0, 3), 'in the log, but never sent so').toEqual([])

  const letters = new Set(kept.deadLetters.map(({ body }) => markIn(body)))
  const unknown = [...letters].filter((mark) => !shadow.sent.has(mark))
  expect(unknown.slice(0, 3), 'among the dead letters, but never sent').toEqual([])

  const lost = [...shadow.accepted].filter((mark) => !touchpoints.has(mark))
  expect(lost.slice(0, 3), 'accepted with a 202, but not in the log').toEqual([])
  const lostLetters = [...shadow.rejected].filter((mark) => !letters.has(mark))
  expect(lostLetters.slice(0, 3), 'rejected with a 202, but no dead letter').toEqual([])
}

function markIn(body: string): string {
  return /"mark":"([^"]+)"/.exec(body)?.[1] ?? body
}
