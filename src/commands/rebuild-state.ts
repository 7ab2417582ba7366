import { pendingChanges } from '../../processors/generations.ts'
import type { Pipeline } from '../../processors/pipeline.ts'
import type { GenerationSettings } from '../domain/generation.ts'
import type { Warehouse } from '../ports/warehouse.ts'

export type RebuildState = {
  /** number of the generation that readers see */
  active: number
  /** what the site file says otherwise, one sentence each */
  pendingChanges: string[]
  /** the warehouse lost rows: only a rebuild mends it */
  needsRebuild: boolean
  running?: {
    generation: number
    /** ISO 8601, UTC */
    startedAt: string
    /** estimated from the share of state that is rewritten */
    peopleDone: number
    peopleTotal: number
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
  const { rows } = await warehouse.query<{ people: string | number }>(
    `SELECT uniq(person) AS people FROM milestones
     WHERE site = {site:String} AND generation = {generation:UInt32} AND stage = 0`,
    { site: active.site, generation: active.number },
  )
  const peopleTotal = Number(rows[0]?.people ?? 0)
  return {
    ...state,
    running: {
      generation: building.generation.number,
      startedAt: building.startedAt,
      peopleDone: Math.round(peopleTotal * pipeline.builtShare),
      peopleTotal,
    },
  }
}
