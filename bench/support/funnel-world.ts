import { readFileSync } from 'node:fs'
import { renderParameters } from '../../src/adapters/clickhouse/literals.ts'
import type { QueryParameter, Warehouse } from '../../src/ports/warehouse.ts'

export type World = {
  site: string
  generation: number
  /** first day, 'YYYY-MM-DD' */
  from: string
  days: number
  journeys: number
  /** how many inserts the journeys arrived in; their parts stay as they came */
  blocks: number
}

const DAY_MS = 86_400_000

/**
 * Fills the warehouse, by SQL, with what the steps have written at the end of these days, and a
 * table with the touchpoints of the same journeys.
 */
export async function makeWorld(warehouse: Warehouse, world: World): Promise<void> {
  const { site, generation, from, days, journeys, blocks } = world
  const run = (name: string, parameters: Parameters) =>
    warehouse.command(renderParameters(textOf(name), parameters))
  // A warehouse under load always has parts that are not merged yet.
  await warehouse.command('SYSTEM STOP MERGES milestones')
  await run('journeys', { from, days, journeys })
  await run('versions', {})
  await run('events', {})
  const startMs = Date.parse(`${from}T00:00:00Z`)
  const blockMs = (days * DAY_MS) / blocks
  for (let block = 0; block < blocks; block++) {
    await run('milestones', {
      site,
      generation,
      fromMs: startMs + Math.round(block * blockMs),
      endMs: startMs + Math.round((block + 1) * blockMs),
    })
    await run('touchpoints', {
      site,
      first: Math.floor((journeys * block) / blocks),
      end: Math.floor((journeys * (block + 1)) / blocks),
    })
  }
  // The floor is shown at its best.
  await warehouse.command('OPTIMIZE TABLE bench_events FINAL')
}

type Parameters = Record<string, QueryParameter>

export function textOf(name: string): string {
  return readFileSync(new URL(`../sql/${name}.sql`, import.meta.url), 'utf8')
}
