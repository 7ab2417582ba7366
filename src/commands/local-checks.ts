import { access, constants, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Config } from '../config.ts'
import type { Check } from './checks.ts'
import { openToAll } from './data-directory.ts'
import { CommandFailure } from './failure.ts'
import { formatBytes } from './format.ts'
import type { Running } from './running-file.ts'
import { readSiteFile } from './site-file.ts'

// A running query of the embedded warehouse holds a thread; with fewer, readers wait for one another.
const THREADS_MIN = 8
// Below it ClickHouse refuses to merge soon, and LMDB cannot grow.
const FREE_BYTES_WARN = 2 * 2 ** 30

/**
 * What can be told before anything is opened.
 * @param running the process that holds the data directory: what it was started with counts
 */
export async function localChecks(config: Config, running: Running | undefined): Promise<Check[]> {
  return [
    { name: 'node', status: 'ok', message: `Node ${process.versions.node}.` },
    // Queries of a server hold no thread here.
    ...(config.clickHouse === undefined ? [threadCheck(config)] : []),
    await directoryCheck(config),
    ...(await siteChecks(config, running)),
  ]
}

function threadCheck({ threadPoolSize }: Config): Check {
  const name = 'threads'
  if (threadPoolSize !== undefined && threadPoolSize >= THREADS_MIN) {
    return { name, status: 'ok', message: `${threadPoolSize} threads for files and queries.` }
  }
  return {
    name,
    status: 'warn',
    message: `${threadPoolSize ?? 4} threads for files and queries: queries will wait for one another.`,
    remedy: 'Unset UV_THREADPOOL_SIZE, or set it to 16.',
  }
}

async function directoryCheck({ dataDirectory }: Config): Promise<Check> {
  const name = 'data directory'
  const existing = await nearestExisting(dataDirectory)
  try {
    await access(existing, constants.R_OK | constants.W_OK)
  } catch {
    return {
      name,
      status: 'fail',
      message: `${dataDirectory} is not writable for this user.`,
      remedy: 'Change its owner, or name another with PARCOURS_DATA or --data.',
    }
  }
  const open = existing === dataDirectory ? await openToAll(existing) : undefined
  if (open !== undefined) return { name, status: 'warn', ...open }
  const { bavail, bsize } = await statfs(existing)
  const free = bavail * bsize
  const message = `${dataDirectory} is writable, ${formatBytes(free)} free.`
  return free >= FREE_BYTES_WARN
    ? { name, status: 'ok', message }
    : { name, status: 'warn', message, remedy: 'Make room: a full disk stops the collector.' }
}

async function siteChecks(
  { siteFile: ours }: Config,
  running: Running | undefined,
): Promise<Check[]> {
  if (running === undefined) return [await siteCheck(ours, 'No file; built in')]
  const theirs = running.siteFile ?? undefined
  const check = await siteCheck(theirs, 'The process that runs has no file; built in')
  const checks = [await staleCheck(check, running)]
  if (ours !== undefined && ours !== theirs) {
    checks.push({
      name: 'site setting',
      status: 'warn',
      message: `PARCOURS_SITE names ${ours} here, but the process that runs ${theirs === undefined ? 'has no site file' : `uses ${theirs}`}.`,
      remedy: 'What the process uses counts. Start it again with the file that is meant.',
    })
  }
  return checks
}

async function siteCheck(siteFile: string | undefined, without: string): Promise<Check> {
  const name = 'site file'
  try {
    const { site, timeZone, currency, model } = await readSiteFile(siteFile)
    const from = siteFile ?? without
    const message = `${from}: ${site}, ${timeZone}, ${currency}, ${model.name}@${model.version}.`
    return { name, status: 'ok', message }
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error
    return { name, status: 'fail', message: error.message.replaceAll(/\s*\n\s*/g, ' ') }
  }
}

/** A process reads its site file once. */
async function staleCheck(
  check: Check,
  { siteFile, startedAt }: Pick<Running, 'siteFile' | 'startedAt'>,
): Promise<Check> {
  if (siteFile === null || check.status !== 'ok') return check
  const { mtimeMs } = await stat(siteFile)
  if (mtimeMs <= Date.parse(startedAt)) return check
  return {
    ...check,
    status: 'warn',
    message: `${siteFile} changed after the process that runs had read it.`,
    remedy: 'Start the process again; "parcours rebuild" then makes figures of it.',
  }
}

/** A directory that is yet to be made is made in the nearest one that exists. */
async function nearestExisting(path: string): Promise<string> {
  for (let directory = path; ; directory = dirname(directory)) {
    try {
      await access(directory)
      return directory
    } catch (error) {
      if (directory === dirname(directory)) throw error
    }
  }
}
