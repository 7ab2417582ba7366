import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { Registry } from 'prom-client'
import { collector } from '../../ingest/collector.ts'
import { ensureControl, nextGeneration, pendingChanges } from '../../processors/generations.ts'
import { Pipeline } from '../../processors/pipeline.ts'
import { dropGenerationsBut } from '../../processors/stale-generations.ts'
import { verify } from '../../processors/verify.ts'
import { holdsItsChunks } from '../../processors/warehouse.ts'
import { openChdb } from '../adapters/clickhouse/chdb.ts'
import { lockDirectory } from '../adapters/directory-lock.ts'
import type { Config } from '../config.ts'
import { BOUNDS } from '../domain/bounds.ts'
import { settingsOf } from '../domain/generation.ts'
import type { Site } from '../domain/site.ts'
import { answerProblems } from '../http/problem.ts'
import { secretTable } from '../http/secrets.ts'
import { serverOptions } from '../http/server-options.ts'
import { migrate } from '../warehouse/migrate.ts'
import type { AdminDependencies } from './admin-api.ts'
import { watchBacklog } from './backlog.ts'
import { systemChecks } from './checks.ts'
import { healthOf } from './health.ts'
import { registerMetrics } from './metrics.ts'
import { openStore } from './open-store.ts'
import { readApi } from './read-api.ts'
import { rebuildStateOf } from './rebuild-state.ts'
import { startRetention } from './retention.ts'
import { readSiteFile } from './site-file.ts'
import { ensureWriteKey } from './write-key.ts'

// Together with what a stop leaves the steps to catch up, well below the 10 s that it may take:
// nothing was promised to a sender that is still sending, and a query can be asked again.
const CLOSE_CONNECTIONS_MS = 1_500
const CLOSE_QUERIES_SECONDS = 1

export type System = {
  /** Not listening; `inject` works. */
  app: FastifyInstance
  site: Site
  writeKey: { key: string; generated: boolean }
  /** what the site file says otherwise than the figures, one sentence each */
  pendingChanges: () => string[]
  /** Begins to process. */
  start: () => void
  /** Resolves when all that was appended so far is in the warehouse. */
  drained: () => Promise<void>
  /** Ends the transactions under way and closes everything. */
  close: () => Promise<void>
}

/**
 * Everything on one machine: collector, steps, warehouse and read API around one data directory.
 * @throws Error naming what is wrong, on what, and what to do
 */
export async function openSystem(
  config: Config,
  { logger, now }: { logger: Logger; now: () => number },
): Promise<System> {
  const opened: (() => unknown)[] = []
  const close = async (): Promise<void> => {
    // What was opened last closes first; one that fails to close does not keep the others open.
    const failures: unknown[] = []
    for (const closeOne of opened.splice(0).reverse()) {
      try {
        await closeOne()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
  try {
    return await compose(config, { logger, now, opened, close })
  } catch (error) {
    await close().catch(() => undefined)
    throw error
  }
}

type Composing = {
  logger: Logger
  now: () => number
  /** what closes each part, in the order they were opened */
  opened: (() => unknown)[]
  close: () => Promise<void>
}

async function compose(config: Config, { logger, now, opened, close }: Composing): Promise<System> {
  const site = await readSiteFile(config.siteFile)
  // What people did lies here: nobody else's business.
  await mkdir(config.dataDirectory, { recursive: true, mode: 0o700 })
  const lock = await lockDirectory(config.dataDirectory)
  opened.push(() => lock.release())
  const store = await openStore(config, { logger, now })
  opened.push(() => store.close())
  const { log, processing } = store
  const warehouse = await openChdb({
    path: join(config.dataDirectory, 'warehouse'),
    threadPoolSize: config.threadPoolSize,
    closeTimeoutSeconds: CLOSE_QUERIES_SECONDS,
  })
  opened.push(() => warehouse.close())
  const schema = await migrate(warehouse)

  const control = await ensureControl(
    { processing, warehouse },
    { site: site.site, settings: settingsOf(site) },
  )
  const { active, building } = control
  if (active.site !== site.site) {
    throw new Error(
      `${config.dataDirectory} holds the site "${active.site}", and the site file names "${site.site}". ` +
        "A data directory is one site's: give the other one its own with PARCOURS_DATA, or put the name back.",
    )
  }
  await dropGenerationsBut(warehouse, [active.number, building?.generation.number ?? active.number])
  const isWarehouseWhole = await holdsItsChunks(
    { log, processing, warehouse },
    control.settledOffsets,
  )
  if (!isWarehouseWhole) {
    logger.error(
      'the warehouse lost rows that it had; touchpoints are accepted, figures stand still until "parcours rebuild"',
    )
  }
  const pipeline = new Pipeline({
    log,
    processing,
    warehouse,
    control,
    isWarehouseWhole,
    bounds: BOUNDS,
    now,
    report: {
      failed(lane, error, retryInMs) {
        if (retryInMs === undefined) logger.error({ lane, err: error }, 'a step stopped')
        else
          logger.warn({ lane, retryInMs, reason: error.message }, 'a step failed and tries again')
      },
    },
  })
  opened.push(() => pipeline.stop())
  const retention = startRetention({ log, processing, now, logger })
  opened.push(() => retention.stop())
  const backlog = watchBacklog(pipeline)
  opened.push(() => backlog.stop())

  const writeKey = await ensureWriteKey(config)
  const loggerInstance: FastifyBaseLogger = logger
  const app: FastifyInstance = Fastify({ ...serverOptions(), loggerInstance })
  opened.push(() => closeServer(app))
  answerProblems(app)
  const registry = new Registry()
  registerMetrics(registry, { pipeline, store })
  await app.register(collector, {
    log,
    sites: secretTable([{ secret: writeKey.key, opens: site }]),
    now,
    registry,
    admission: backlog.admission,
  })
  const changes = () => pendingChanges(pipeline.control, settingsOf(site))
  const admin: AdminDependencies = {
    checks: () => systemChecks({ pipeline, warehouse, pendingChanges: changes(), schema }),
    health: () => healthOf({ pipeline, warehouse }),
    rebuildState: () => rebuildStateOf({ pipeline, warehouse }, settingsOf(site)),
    async beginRebuild({ isDeep }) {
      const generation = nextGeneration(pipeline.control, settingsOf(site))
      await pipeline.beginGeneration(generation, { isDeep })
      return generation.number
    },
    verify: () =>
      verify({
        log,
        processing,
        warehouse,
        control: pipeline.control,
        bounds: BOUNDS,
        whileQuiet: (task) => pipeline.whileQuiet(task),
      }),
  }
  const generation = () => pipeline.control.active
  await readApi(app, {
    log,
    warehouse,
    registry,
    generation,
    isIncomplete: () => pipeline.isIncomplete,
    readToken: config.readToken,
    now,
    admin,
  })
  return {
    app,
    site,
    writeKey,
    pendingChanges: changes,
    start: () => pipeline.start(),
    drained: () => pipeline.drained(),
    close,
  }
}

/** Answers what it has, and hangs up on who is slow or silent. */
async function closeServer(app: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), CLOSE_CONNECTIONS_MS)
  try {
    await app.close()
  } finally {
    clearTimeout(timer)
  }
}
