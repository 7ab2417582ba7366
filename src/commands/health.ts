import { isDecided } from '../../processors/control.ts'
import { LOST_ROWS, type Pipeline } from '../../processors/pipeline.ts'
import type { SpooledLog } from '../adapters/spool/spooled-log.ts'
import { type Warehouse, WarehouseError } from '../ports/warehouse.ts'
import { readableLags } from './readable-lags.ts'
import type { Roles } from './roles.ts'
import { formProblem } from './rows-form.ts'
import { type SpoolHealth, spoolHealthOf } from './spool-state.ts'
import { version } from './version.ts'

export type Health = {
  /** `degraded`: figures are late or old; `failing`: something stands still, or it stops */
  status: 'ok' | 'degraded' | 'failing'
  version: string
  site: string
  /** `active` is null where a collector could not ask yet */
  generation: { active: number | null; building: number | null }
  /** null where the process never asks it */
  warehouse: { status: 'ok' | 'busy' | 'failing'; message: string } | null
  /** what waits to be forwarded to the log; null where there is no spool */
  spool: SpoolHealth | null
  /** records of each step that it has not read yet; empty while the log does not answer */
  lagRecords: Record<string, number>
  problems: string[]
  /** steps that fail now and try again, a log that does not answer, a warehouse with too much to do */
  retrying: string[]
}

// Some seconds of work for one machine.
const LAG_RECORDS_DEGRADED = 20_000

export async function healthOf({
  pipeline,
  warehouse,
  spool,
  roles,
}: {
  pipeline: Pipeline
  warehouse: Warehouse | undefined
  spool: SpooledLog | undefined
  roles: Roles
}): Promise<Health> {
  const { active, building } = pipeline.control
  const answer = warehouse === undefined ? null : await answerOf(warehouse)
  const lagRecords: Record<string, number> = {}
  const found = await readableLags(pipeline)
  for (const lag of found.kind === 'known' ? found.lags : []) {
    lagRecords[lag.step] = (lagRecords[lag.step] ?? 0) + lag.lagRecords
  }
  const spooled = await spool?.status()
  // Who accepts touchpoints all the same must not be taken for one that does not.
  const isSpooling = spooled !== undefined && spooled.bytesMax > 0
  const problems = [...pipeline.failures].map(([lane, { message }]) => `${lane}: ${message}`)
  if (answer?.status === 'failing') problems.push(`warehouse: ${answer.message}`)
  if (found.kind === 'unknown' && !isSpooling) problems.push(`log: ${found.reason}`)
  if (spooled?.refusal) problems.push(`spool: ${spooled.refusal.message}`)
  // Whoever has no figures to show does what it does as well as ever.
  if (warehouse !== undefined && pipeline.isIncomplete) problems.push(LOST_ROWS)
  const retrying = [...pipeline.retrying].map(([lane, { message }]) => `${lane}: ${message}`)
  const form = formProblem(pipeline.control)
  const formText = form && `${form.message} ${form.remedy}`
  // A collector is well all the same. Of those that know, a processor may be the only one.
  if (formText && warehouse !== undefined) problems.push(formText)
  else if (formText && roles.has('process')) retrying.push(formText)
  const isLate = Object.values(lagRecords).some((records) => records > LAG_RECORDS_DEGRADED)
  if (found.kind === 'unknown' && isSpooling) retrying.push(`log: ${found.reason}`)
  if (answer?.status === 'busy') retrying.push(`warehouse: ${answer.message}`)
  const isDegraded = isLate || retrying.length > 0 || spooled?.sinceMs !== undefined
  return {
    status: problems.length > 0 ? 'failing' : isDegraded ? 'degraded' : 'ok',
    version: version(),
    site: active.site,
    generation: {
      active: isDecided(pipeline.control) ? active.number : null,
      building: building?.generation.number ?? null,
    },
    warehouse: answer,
    spool: spooled === undefined ? null : spoolHealthOf(spooled),
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
    const message = error instanceof Error ? error.message : String(error)
    // A crowd of readers is no reason to send everybody elsewhere.
    const isBusy = error instanceof WarehouseError && error.code === 'busy'
    return { status: isBusy ? 'busy' : 'failing', message }
  }
}
