import { setTimeout as sleep } from 'node:timers/promises'
import { normalise } from '../domain/normalise.ts'
import type { Batch } from '../import/batches.ts'
import { importRows, type ImportEnd } from '../import/import-rows.ts'
import type { OpenRows } from '../import/open-rows.ts'
import type { RowMapper } from '../import/row-mapper.ts'
import { PATIENCE, sendBatch, type Refusal, type Sent } from '../import/send-batch.ts'
import type { ApiClient } from './api-client.ts'
import type { Context } from './context.ts'
import { CommandFailure } from './failure.ts'
import { formatCount } from './format.ts'
import { untilAborted } from './interruption.ts'
import { asFailure, openClient } from './open-client.ts'
import type { Progress } from './progress.ts'
import type { CollectingSystem } from './system.ts'
import { readSiteFile } from './site-file.ts'
import { unreadRecords } from './unread-records.ts'

// Often enough to see that it moves.
const POLL_MS = 1_000

export type ImportJob = {
  opened: OpenRows
  mapper: RowMapper
  signal: AbortSignal
  progress: Progress
}

/** Every row to the collector of the running process, or of one opened here for the while. */
export async function sendRows(context: Context, job: ImportJob): Promise<ImportEnd> {
  const { opened, mapper, signal, progress } = job
  const { client, system, close } = await openClient(context, { mayCreate: true })
  const post = (body: string) =>
    client.request({ method: 'POST', path: '/v1/touchpoints', as: 'writer', body })
  const onWait = () => progress.say('the collector asks to wait')
  try {
    system?.start()
    if (system?.writeKey.generated) {
      context.terminal.note(`A write key was made: ${context.config.dataDirectory}/write-key`)
    }
    const end = await importRows(opened.rows, mapper, {
      signal,
      onRow: ({ rows }) => progress.update({ done: rows, share: shareOf(opened) }),
      send: async (batch) => {
        const sent = await sendBatch(batch, post, { patience: PATIENCE, signal, onWait })
        progress.say('')
        return sent
      },
    })
    if (signal.aborted) return end
    if (system === undefined) {
      const unread = await unreadRecords(client)
      if (unread > 0) context.terminal.note(`The figures follow: ${recordsToGo(unread)}.`)
      return end
    }
    // Whoever asks for the funnel next finds nobody at work: the figures must be there already.
    const failure = await figuresOf(system, { client, signal, progress })
    return { ...end, failure: end.failure ?? failure }
  } finally {
    await close()
  }
}

type Figures = Pick<ImportJob, 'signal' | 'progress'> & { client: ApiClient }

/** @returns why the figures are not complete; undefined where they are */
async function figuresOf(
  system: CollectingSystem,
  { client, signal, progress }: Figures,
): Promise<unknown> {
  const done = system.drained().then(() => true)
  try {
    for (;;) {
      if (await Promise.race([done, untilAborted(signal), sleep(POLL_MS, false)])) return undefined
      if (signal.aborted) return signal.reason
      progress.say(`working out the figures, ${recordsToGo(await unreadRecords(client))}`)
    }
  } catch (cause) {
    const { message } = asFailure(cause)
    return new CommandFailure(
      `What was accepted is durable, but the figures are not complete: ${message} "parcours doctor" says more.`,
      { cause },
    )
  }
}

function recordsToGo(count: number): string {
  return `${formatCount(count)} records to go`
}

/** Every row through the collector's own check, with this site file; nothing is opened or sent. */
export async function checkRows({ config }: Context, job: ImportJob): Promise<ImportEnd> {
  const site = await readSiteFile(config.siteFile)
  const { opened, mapper, signal, progress } = job
  const check = async ({ texts, positions }: Batch): Promise<Sent> => {
    const rejected: Refusal[] = []
    for (const [index, text] of texts.entries()) {
      const clock = { receivedAtMs: Date.now(), shiftMs: 0 }
      const verdict = normalise(JSON.parse(text), { site, ...clock })
      if (verdict.kind === 'accepted') continue
      const { code, path, message } = verdict
      rejected.push({ position: positions[index]!, code, path, message })
    }
    return { accepted: texts.length - rejected.length, rejected }
  }
  return importRows(opened.rows, mapper, {
    signal,
    send: check,
    onRow: ({ rows }) => progress.update({ done: rows, share: shareOf(opened) }),
  })
}

function shareOf({ sizeBytes, readBytes }: OpenRows): number | undefined {
  return sizeBytes === undefined || sizeBytes === 0 ? undefined : readBytes() / sizeBytes
}
