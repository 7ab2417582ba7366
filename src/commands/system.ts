import { setTimeout as sleep } from 'node:timers/promises'
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { Registry } from 'prom-client'
import { collector } from '../../ingest/collector.ts'
import { controlBoard } from '../../processors/control-board.ts'
import { undecided } from '../../processors/control.ts'
import { pendingChanges } from '../../processors/generations.ts'
import { Pipeline } from '../../processors/pipeline.ts'
import { verify } from '../../processors/verify.ts'
import { lockDirectory } from '../adapters/directory-lock.ts'
import type { Config } from '../config.ts'
import { BOUNDS } from '../domain/bounds.ts'
import { settingsOf } from '../domain/generation.ts'
import type { Site } from '../domain/site.ts'
import { answerProblems } from '../http/problem.ts'
import { secretTable } from '../http/secrets.ts'
import { serverOptions } from '../http/server-options.ts'
import type { AdminDependencies } from './admin-api.ts'
import { watchBacklog } from './backlog.ts'
import { systemChecks } from './checks.ts'
import { mayStartWithoutLog, openCollectorStore } from './collector-store.ts'
import { ensureDataDirectory } from './data-directory.ts'
import { openDoor } from './door.ts'
import { healthOf, stoppingIf } from './health.ts'
import { registerMetrics } from './metrics.ts'
import { openSpool } from './open-spool.ts'
import { openStorePatiently } from './open-store.ts'
import { patiently } from './patience.ts'
import { readApi } from './read-api.ts'
import { rebuildStateOf } from './rebuild-state.ts'
import { startRetention } from './retention.ts'
import { ALL_ROLES, elsewhereOf, type Roles, stepsOf } from './roles.ts'
import { readSiteFile } from './site-file.ts'
import { sharedAnswer } from './shared-answer.ts'
import { registerSpoolMetrics } from './spool-state.ts'
import { stateApi } from './state-api.ts'
import { stepReport } from './step-report.ts'
import { verifyAlone } from './verify-alone.ts'
import { NO_WAREHOUSE, openWarehousePart } from './warehouse-part.ts'
import { ensureWriteKey } from './write-key.ts'

// A warehouse that says nothing keeps a turn waiting for longer than a stop may take.
const TURN_MS_MAX = 1_000

export type System = {
  /** Not listening; `inject` works. */
  app: FastifyInstance
  site: Site
  roles: Roles
  /** undefined where nothing is collected */
  writeKey: { key: string; generated: boolean } | undefined
  /** what the site file says otherwise than the figures, one sentence each */
  pendingChanges: () => string[]
  /** Begins to process. */
  start: () => void
  /** Resolves with what shows, after the start, that it must not go on; else not at all. */
  broken: Promise<Error>
  /** Resolves when all that was appended so far is in the warehouse. */
  drained: () => Promise<void>
  /** Tells whoever looks that it is about to stop, so that they go elsewhere; all are still answered. */
  leave: () => void
  /** Ends the transactions under way and closes everything. */
  close: () => Promise<void>
}

/** One that collects, so that there is a key to send with. */
export type CollectingSystem = System & { writeKey: NonNullable<System['writeKey']> }

export type SystemOptions = {
  logger: Logger
  now: () => number
  /** Until it ends, a warehouse that does not answer is waited for; without it that is an error. */
  waitUntil?: AbortSignal
  /** all unless given */
  roles?: Roles
  /** whether what is missing in Kafka is made; true unless said */
  mayCreate?: boolean
}

/**
 * Collector, steps, log and read API, or some of them, around one data directory; the log and the
 * warehouse are in it or elsewhere.
 * @throws Error naming what is wrong, on what, and what to do
 */
export function openSystem(
  config: Config,
  options: Omit<SystemOptions, 'roles'>,
): Promise<CollectingSystem>
export function openSystem(config: Config, options: SystemOptions): Promise<System>
export async function openSystem(config: Config, options: SystemOptions): Promise<System> {
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
    return await compose(config, { ...options, opened, close })
  } catch (error) {
    await close().catch(() => undefined)
    throw error
  }
}

type Composing = SystemOptions & {
  /** what closes each part, in the order they were opened */
  opened: (() => unknown)[]
  close: () => Promise<void>
}

async function compose(
  config: Config,
  { logger, now, waitUntil, roles = ALL_ROLES, mayCreate, opened, close }: Composing,
): Promise<System> {
  const site = await readSiteFile(config.siteFile)
  await ensureDataDirectory(config.dataDirectory)
  const lock = await lockDirectory(config.dataDirectory)
  opened.push(() => lock.release())
  const patience = waitUntil && {
    signal: waitUntil,
    failed: ({ message }: Error, retryInMs: number) =>
      logger.warn({ retryInMs, reason: message }, 'waiting'),
  }
  const opening = { logger, now, mayCreate }
  const { store, absence } =
    patience !== undefined && mayStartWithoutLog(roles, config)
      ? await openCollectorStore(config, { ...opening, site })
      : { store: await openStorePatiently(config, { ...opening, patience }), absence: undefined }
  opened.push(() => store.close())
  const { log, processing } = store
  const { warehouse, schema, control } =
    absence === undefined
      ? await openWarehousePart({
          ...{ config, log, processing, site, patience, roles },
          onOpened: (one) => opened.push(() => one.close()),
        })
      : { ...NO_WAREHOUSE, control: undecided(site.site, settingsOf(site)) }
  const report = stepReport(logger)
  opened.push(() => report.close())
  const pipeline = new Pipeline({
    log,
    processing,
    warehouse,
    board: controlBoard(processing, control),
    ownership: store.ownershipOf(stepsOf(roles), report),
    bounds: BOUNDS,
    now,
    report,
  })
  opened.push(async () => {
    const stopped = pipeline.stop()
    const isLate = sleep(TURN_MS_MAX, true, { ref: false })
    // What is cut off here is repeated after the next start, and counts once.
    if (await Promise.race([stopped, isLate])) await warehouse?.close()
    await stopped
  })
  if (roles.has('warehouse')) {
    if (!(await patiently(() => pipeline.checkWarehouse(), patience))) {
      logger.error(
        'the warehouse lost rows that it had, or has rows that the log lost; touchpoints are accepted, figures stand still until "parcours rebuild"',
      )
    }
    const retention = startRetention({ log, processing, now, logger })
    opened.push(() => retention.stop())
  }

  const spool = roles.has('collect')
    ? await openSpool(config, { log, absence, logger, now })
    : undefined
  if (spool) opened.push(() => spool.close())
  const loggerInstance: FastifyBaseLogger = logger
  const app: FastifyInstance = Fastify({ ...serverOptions(), loggerInstance })
  const door = openDoor(app)
  opened.push(() => door.close())
  answerProblems(app, elsewhereOf(roles))
  const registry = new Registry()
  registerMetrics(registry, { pipeline, store })
  if (spool) registerSpoolMetrics(registry, { spool, now })
  let writeKey: System['writeKey']
  if (roles.has('collect')) {
    const backlog = watchBacklog(pipeline, { touchpointsMax: config.backlogTouchpointsMax })
    opened.push(() => backlog.stop())
    writeKey = await ensureWriteKey(config)
    await app.register(collector, {
      log: spool?.log ?? log,
      sites: secretTable([{ secret: writeKey.key, opens: site }]),
      now,
      registry,
      admission: backlog.admission,
    })
  }
  const changes = () => pendingChanges(pipeline.control, settingsOf(site))
  const { readToken } = config
  const health = sharedAnswer(() => healthOf({ pipeline, warehouse, spool, roles }))
  await stateApi(app, {
    checks: () =>
      systemChecks({ pipeline, store, warehouse, spool, pendingChanges: changes(), schema }),
    // However many ask, it must not be this that keeps the warehouse busy.
    health: async () => stoppingIf(door.isLeaving, await health()),
    registry,
    readToken,
  })
  if (warehouse !== undefined) {
    const verifier = verifyAlone(warehouse, () =>
      verify({
        log,
        processing,
        warehouse,
        control: () => pipeline.control,
        bounds: BOUNDS,
        inserted: () => pipeline.inserted(),
      }),
    )
    opened.push(() => verifier.close())
    const admin: AdminDependencies = {
      rebuildState: () => rebuildStateOf({ pipeline, warehouse }, settingsOf(site)),
      beginRebuild: ({ isDeep }) => pipeline.rebuild(settingsOf(site), { isDeep }),
      verify: () => verifier.verify(),
    }
    const figures = roles.has('serve') ? { log, warehouse, now } : undefined
    await readApi(app, {
      figures,
      generation: () => pipeline.control.active,
      isIncomplete: () => pipeline.isIncomplete,
      readToken,
      admin,
    })
  }
  return {
    app,
    site,
    roles,
    writeKey,
    pendingChanges: changes,
    start: () => pipeline.start(),
    broken: absence?.broken ?? new Promise(() => undefined),
    async drained() {
      await spool?.forwarded()
      await pipeline.drained()
    },
    leave: () => door.leave(),
    close,
  }
}
