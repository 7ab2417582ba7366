import { UnreadableRecordError } from '../../processors/codec.ts'
import { type Control, isDecided } from '../../processors/control.ts'
import type { Pipeline } from '../../processors/pipeline.ts'
import type { SpooledLog } from '../adapters/spool/spooled-log.ts'
import type { Warehouse } from '../ports/warehouse.ts'
import type { Store } from './open-store.ts'
import { readableLags } from './readable-lags.ts'
import { formProblem } from './rows-form.ts'
import { spoolCheck } from './spool-state.ts'
import { warehouseChecks } from './warehouse-checks.ts'

/** One line of `doctor`. */
export type Check = {
  name: string
  status: 'ok' | 'warn' | 'fail'
  message: string
  /** what to do, where something is to be done */
  remedy?: string
}

// Two seconds is what the design promises; ten times that is worth a word.
const LAG_RECORDS_WARN = 20_000

export async function systemChecks({
  pipeline,
  store,
  warehouse,
  spool,
  pendingChanges,
  schema,
}: {
  pipeline: Pipeline
  store: Pick<Store, 'checks'>
  /** undefined where the process never asks it */
  warehouse: Warehouse | undefined
  /** undefined where there is none */
  spool: SpooledLog | undefined
  pendingChanges: readonly string[]
  schema: { version: string; pending: readonly string[] } | undefined
}): Promise<Check[]> {
  return [
    ...(await store.checks()),
    ...(warehouse ? await warehouseChecks(warehouse) : []),
    ...(schema ? [schemaCheck(schema)] : []),
    ...(isDecided(pipeline.control) ? [wholenessCheck(pipeline)] : []),
    ...laneChecks(pipeline),
    await lagCheck(pipeline, spool),
    ...(spool ? [spoolCheck(await spool.status())] : []),
    settingsCheck(pipeline.control, pendingChanges),
  ]
}

function schemaCheck({ version, pending }: { version: string; pending: readonly string[] }): Check {
  if (pending.length === 0)
    return { name: 'schema', status: 'ok', message: `The schema is at ${version}.` }
  return {
    name: 'schema',
    status: 'fail',
    message: `The schema lacks ${pending.join(', ')}.`,
    remedy: 'parcours migrate',
  }
}

function wholenessCheck(pipeline: Pipeline): Check {
  const name = 'warehouse rows'
  if (!pipeline.isIncomplete)
    return {
      name,
      status: 'ok',
      message: 'The warehouse holds every chunk that was written, and no other.',
    }
  return {
    name,
    status: 'fail',
    message:
      'The warehouse lost rows that it had, or has rows that the log lost: one of them was deleted, or came back from an older copy.',
    remedy: 'parcours rebuild',
  }
}

function laneChecks({ failures, retrying }: Pipeline): Check[] {
  if (failures.size + retrying.size === 0) {
    return [{ name: 'steps', status: 'ok', message: 'All steps are at work.' }]
  }
  const failed = [...failures].map(([lane, error]): Check => ({
    name: `step ${lane}`,
    status: 'fail',
    message: error.message,
    remedy:
      error instanceof UnreadableRecordError
        ? 'parcours rebuild --deep'
        : 'Mend what the message names, then start the process again: it goes on where it stopped.',
  }))
  const trying = [...retrying].map(([lane, error]): Check => ({
    name: `step ${lane}`,
    status: 'fail',
    message: `It fails now, and figures stand still meanwhile: ${error.message}`,
    remedy: 'Mend what the message names; it tries again by itself and nothing is lost.',
  }))
  return [...failed, ...trying]
}

async function lagCheck(pipeline: Pipeline, spool: SpooledLog | undefined): Promise<Check> {
  const found = await readableLags(pipeline)
  if (found.kind === 'unknown') {
    return {
      name: 'lag',
      // Who spools goes on accepting; the check of the spool says how much that is.
      status: spool === undefined ? 'fail' : 'warn',
      message: `How far the steps are cannot be told: ${found.reason}`,
      remedy: 'Mend what the message names.',
    }
  }
  const { lags } = found
  const lagRecords = lags.reduce((sum, lag) => sum + lag.lagRecords, 0)
  const parts = lags
    .filter((lag) => lag.lagRecords > 0)
    .map(({ step, partition, lagRecords }) => `${step}/${partition} ${lagRecords}`)
  const message =
    parts.length === 0 ? 'Everything is read.' : `Unread records: ${parts.join(', ')}.`
  return lagRecords < LAG_RECORDS_WARN
    ? { name: 'lag', status: 'ok', message }
    : {
        name: 'lag',
        status: 'warn',
        message,
        remedy: 'Wait; if it grows, more arrives than this machine can process.',
      }
}

function settingsCheck(control: Control, pendingChanges: readonly string[]): Check {
  const name = 'figures'
  if (!isDecided(control)) {
    const message =
      'Which figures are shown, and of which site, is not known: nobody could be asked.'
    const remedy = 'Mend what keeps the log away; a process of another site ends then, and says so.'
    return { name, status: 'warn', message, remedy }
  }
  const form = formProblem(control)
  if (form) {
    const message = [form.message, ...pendingChanges].join(' ')
    return { name, status: 'fail', message, remedy: form.remedy }
  }
  const { active, building } = control
  if (building) {
    return {
      name,
      status: 'warn',
      message: `Generation ${building.generation.number} is being built beside ${active.number}.`,
    }
  }
  if (pendingChanges.length === 0)
    return { name, status: 'ok', message: `Figures are of generation ${active.number}.` }
  return {
    name,
    status: 'warn',
    message: `The site file changed, the figures have not: ${pendingChanges.join(' ')}`,
    remedy: 'parcours rebuild',
  }
}
