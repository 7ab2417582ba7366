import { isOfOurCode } from '../../processors/control.ts'
import { LOST_ROWS, type Pipeline } from '../../processors/pipeline.ts'
import type { Warehouse } from '../ports/warehouse.ts'
import { version } from './version.ts'

export type Health = {
  /** `degraded`: figures are late or old; `failing`: something stands still, or it stops */
  status: 'ok' | 'degraded' | 'failing'
  version: string
  site: string
  generation: { active: number; building: number | null }
  /** null where the process never asks it */
  warehouse: { status: 'ok' | 'failing'; message: string } | null
  /** records of each step that it has not read yet */
  lagRecords: Record<string, number>
  problems: string[]
  /** steps that fail now and try again */
  retrying: string[]
}

const OTHER_ROWS =
  'This version of Parcours writes rows of another form: figures stand still. Run `parcours rebuild`.'
// Some seconds of work for one machine.
const LAG_RECORDS_DEGRADED = 20_000

export async function healthOf({
  pipeline,
  warehouse,
}: {
  pipeline: Pipeline
  warehouse: Warehouse | undefined
}): Promise<Health> {
  const { active, building } = pipeline.control
  const answer = warehouse === undefined ? null : await answerOf(warehouse)
  const lagRecords: Record<string, number> = {}
  for (const lag of await pipeline.lags()) {
    lagRecords[lag.step] = (lagRecords[lag.step] ?? 0) + lag.lagRecords
  }
  const problems = [...pipeline.failures].map(([lane, { message }]) => `${lane}: ${message}`)
  if (answer?.status === 'failing') problems.push(`warehouse: ${answer.message}`)
  if (pipeline.isIncomplete) problems.push(LOST_ROWS)
  if (building === undefined && !isOfOurCode(active)) problems.push(OTHER_ROWS)
  const retrying = [...pipeline.retrying].map(([lane, { message }]) => `${lane}: ${message}`)
  const isLate = Object.values(lagRecords).some((records) => records > LAG_RECORDS_DEGRADED)
  return {
    status: problems.length > 0 ? 'failing' : isLate || retrying.length > 0 ? 'degraded' : 'ok',
    version: version(),
    site: active.site,
    generation: { active: active.number, building: building?.generation.number ?? null },
    warehouse: answer,
    lagRecords,
    problems,
    retrying,
  }
}

/** Whoever sends elsewhere what is not `ok` here must hear of a stop before the door is shut. */
export function stoppingIf(isStopping: boolean, health: Health): Health {
  if (!isStopping) return health
  return { ...health, status: 'failing', problems: [...health.problems, 'It was told to stop.'] }
}

async function answerOf(warehouse: Warehouse): Promise<NonNullable<Health['warehouse']>> {
  try {
    return { status: 'ok', message: `ClickHouse ${await warehouse.version()}` }
  } catch (error) {
    return { status: 'failing', message: error instanceof Error ? error.message : String(error) }
  }
}
