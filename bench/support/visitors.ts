import { randomFrom } from '../../src/demo/random.ts'
import type { OutgoingRecord } from '../../src/ports/event-log.ts'
import { recordsOf, sentTouchpoints } from './touchpoints.ts'

/** Who is seen, and when. */
export type Sighting = { visitor: number; atMs: number }

export type Visitors = {
  /** As they are sent, one for each, in order. */
  touchpoints(sightings: readonly Sighting[]): Record<string, unknown>[]
  /** The records that the collector would append for these. */
  records(sightings: readonly Sighting[]): OutgoingRecord[]
}

// What people do on the way; what is told of an order would tie journeys together.
const TYPES = new Set<unknown>(['page_view', 'cart', 'ad_click'])
const EXAMPLES = 5_000

/**
 * What the shop's visitors do, given to people and instants of the caller's choice: so are journeys
 * as long as is wanted, and people come back when they should. Each has one device and never signs
 * in. Every touchpoint has an id of its own.
 */
export function openVisitors(seed: string): Visitors {
  const random = randomFrom(`visitors/${seed}`)
  const examples = [...examplesOf(EXAMPLES)]
  const touchpoints = (sightings: readonly Sighting[]) =>
    sightings.map(({ visitor, atMs }) =>
      Object.assign({}, random.pick(examples), {
        id: random.uuid(),
        anonymousId: deviceOf(visitor),
        occurredAt: atMs,
      }),
    )
  return {
    touchpoints,
    records(sightings) {
      const records = recordsOf(
        touchpoints(sightings),
        Math.max(...sightings.map(({ atMs }) => atMs)),
      )
      if (records.length < sightings.length) throw new Error('A touchpoint was refused.')
      return records
    },
  }
}

function* examplesOf(count: number): Generator<Record<string, unknown>> {
  const startMs = Date.UTC(2026, 0, 1)
  for (const touchpoint of sentTouchpoints(count, { startMs })) {
    const { type, customerId: _customer, ...rest } = touchpoint as Record<string, unknown>
    const isGood = recordsOf([touchpoint], startMs).length === 1
    if (isGood && TYPES.has(type)) yield { type, ...rest }
  }
}

/** As long as what browsers make up. */
function deviceOf(visitor: number): string {
  return `00000000-0000-4000-8000-${String(visitor).padStart(12, '0')}`
}
