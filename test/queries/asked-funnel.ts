import fastify, { type FastifyInstance } from 'fastify'
import { expect } from 'vitest'
import { parseDay } from '../../src/domain/days.ts'
import type { FunnelEntry } from '../../src/domain/funnel.ts'
import type { Generation } from '../../src/domain/generation.ts'
import { answerProblems } from '../../src/http/problem.ts'
import type { Warehouse } from '../../src/ports/warehouse.ts'
import type { FunnelAnswer } from '../../queries/funnel.ts'
import { funnelApi } from '../../queries/funnel-api.ts'
import { SETTINGS } from '../support/reference/make.ts'
import { openWarehouse } from '../warehouse/open-warehouse.ts'
import { type RandomJourney, write } from './journey-worlds.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

// Already the next day in Paris.
export const NOW = '2026-06-30T22:30:00Z'
export const TODAY = parseDay('2026-06-30')!

const PLAIN = {
  ...{ channel: 'web', device: 'unknown', returning: 'false', source: '', medium: '' },
  ...{ campaign: '', country: '', landing: '', segment: '', experiments: [] as string[] },
}

/** A warehouse and the funnel over it, asked as a browser does. */
export type AskedFunnel = {
  warehouse: Warehouse
  app: FastifyInstance
  /** the one that readers see */
  generation: () => Generation
  /** A new generation with these journeys and nothing else. */
  given(journeys: RandomJourney[], timeZone?: string): Promise<void>
  /** More journeys of the same generation. */
  add(journeys: RandomJourney[]): Promise<void>
  ask(query?: string): Promise<FunnelAnswer>
  close(): Promise<void>
}

export async function openFunnel(): Promise<AskedFunnel> {
  const warehouse = await openWarehouse()
  let blocks = 0
  let generation: Generation = { number: 0, site: 'shop', settings: SETTINGS }
  const app = fastify()
  answerProblems(app)
  await app.register(funnelApi, {
    warehouse,
    generation: () => generation,
    now: () => Date.parse(NOW),
  })
  const add = (journeys: RandomJourney[]) =>
    write(warehouse, journeys, {
      generation: generation.number,
      model: SETTINGS.model,
      block: ++blocks,
    })
  return {
    warehouse,
    app,
    generation: () => generation,
    async given(journeys, timeZone = 'UTC') {
      const settings = { ...SETTINGS, timeZone }
      generation = { number: generation.number + 1, site: 'shop', settings }
      await add(journeys)
    },
    add,
    async ask(query = '') {
      const response = await app.inject(`/api/funnel${query}`)
      expect(response.statusCode, response.body).toBe(200)
      return response.json<FunnelAnswer>()
    },
    async close() {
      await app.close()
      await warehouse.close()
    },
  }
}

/** By 1-based stage of `ecommerce`: hours after the start, or implied then. */
type Entries = Record<number, number | { implied: number }>

export function journey(
  day: number,
  entries: Entries,
  more: { quietDays?: number; attributes?: Partial<typeof PLAIN> } = {},
): RandomJourney {
  const entered = SETTINGS.model.stages.map((_, index): FunnelEntry | undefined => {
    const entry = entries[index + 1]
    if (entry === undefined) return undefined
    const isImplied = typeof entry === 'object'
    const sinceStartMs = (isImplied ? entry.implied : entry) * HOUR_MS
    return { sinceStartMs, day: day + Math.floor(sinceStartMs / DAY_MS), implied: isImplied }
  })
  const last = Math.max(...entered.map((entry) => entry?.day ?? day))
  return {
    startMs: day * DAY_MS,
    firstDay: day,
    lastDay: last + (more.quietDays ?? 0),
    entered,
    attributes: { ...PLAIN, ...more.attributes },
  }
}

export const times = (count: number, make: (index: number) => RandomJourney): RandomJourney[] =>
  Array.from({ length: count }, (_, index) => make(index))
