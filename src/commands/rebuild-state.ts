import { pendingChanges } from '../../processors/generations.ts'
import type { Pipeline } from '../../processors/pipeline.ts'
import type { Generation, GenerationSettings } from '../domain/generation.ts'
import type { Warehouse } from '../ports/warehouse.ts'

export type RebuildState = {
  /** number of the generation that readers see */
  active: number
  /** what the site file says otherwise, one sentence each */
  pendingChanges: string[]
  /** log and warehouse do not go together: only a rebuild mends it */
  needsRebuild: boolean
  running?: {
    generation: number
    /** ISO 8601, UTC */
    startedAt: string
    /** everything is worked out again from the touchpoints */
    isDeep: boolean
    /** whose rows the new generation has, of those that the old one has */
    peopleDone: number
    peopleTotal: number
    /** what keeps it from going on here, one sentence each; empty while all is well */
    problems: string[]
  }
}

export async function rebuildStateOf(
  { pipeline, warehouse }: { pipeline: Pipeline; warehouse: Warehouse },
  settings: GenerationSettings,
): Promise<RebuildState> {
  const { active, building } = pipeline.control
  const state = {
    active: active.number,
    pendingChanges: pendingChanges(pipeline.control, settings),
    needsRebuild: pipeline.isBlocked,
  }
  if (building === undefined) return state
  const { startedAt, isDeep } = building
  const [peopleTotal, peopleNew] = [
    await peopleOf(warehouse, active),
    await peopleOf(warehouse, building.generation),
  ]
  return {
    ...state,
    running: {
      generation: building.generation.number,
      startedAt,
      isDeep,
      // Both are estimates, and people may have come since.
      peopleDone: Math.min(peopleNew, peopleTotal),
      peopleTotal,
      problems: [...pipeline.failures].map(([lane, { message }]) => `${lane}: ${message}`),
    },
  }
}

async function peopleOf(warehouse: Warehouse, { site, number }: Generation): Promise<number> {
  const { rows } = await warehouse.query<{ people: string | number }>(
    `SELECT uniq(person) AS people FROM milestones
     WHERE site = {site:String} AND generation = {generation:UInt32} AND stage = 0`,
    { site, generation: number },
  )
  return Number(rows[0]?.people ?? 0)
}
