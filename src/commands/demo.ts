import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Plan } from '../demo/business.ts'
import { onCluster } from '../ports/deployment.ts'
import { openContext, type ConfigOptions, type Context } from './context.ts'
import { openDemoHome, type DemoHome } from './demo-home.ts'
import { describeDemo, RATE_PER_SECOND, type DemoOptions } from './demo-options.ts'
import { playDemo } from './demo-play.ts'
import { demoJson, demoSummary, type DemoEnd } from './demo-report.ts'
import { openDemoView } from './demo-view.ts'
import { EXIT } from './failure.ts'
import { listenForInterruption } from './interruption.ts'
import { listen } from './listen.ts'
import { createLogger } from './log.ts'
import { openWarehouse } from './open-warehouse.ts'
import { asFailure } from './open-client.ts'
import { removeStore } from './open-store.ts'
import { removeRunning, writeRunning } from './running-file.ts'
import type { CollectingSystem } from './system.ts'

export function registerDemo(program: Command): void {
  describeDemo(program.command('demo')).action(async (options: DemoOptions) => {
    const home = await openDemoHome(options)
    try {
      // What the environment says of data, host, port and site is meant for the real one.
      const { directory: data, siteFile: site, database } = home
      const warehouse = options.clickhouse ?? 'embedded'
      const place = { data, site, host: HOST, port: options.port ?? '0', warehouse, database }
      const context = openContext({ ...place, ...logOf(options) })
      try {
        const end = await run(context, options)
        report(end, { context, options, home })
      } finally {
        await dropDatabase(context, home)
        if (!home.isKept) await removeTopics(context)
      }
      process.exitCode = EXIT.ok
    } finally {
      await home.leave()
    }
  })
}

const HOST = '127.0.0.1'

/** Where the environment keeps its log is not where a demo belongs. */
function logOf({ kafka }: DemoOptions): ConfigOptions {
  if (kafka === undefined) return { log: 'embedded' }
  return { log: 'kafka', brokers: kafka, prefix: `parcours-demo-${randomUUID().slice(0, 8)}-` }
}

/** What cannot be deleted is told; it must not hide why the demo ended. */
async function removeTopics({ config, terminal }: Context): Promise<void> {
  await removeStore(config, loggerOf(config, process.stderr)).catch((cause: unknown) => {
    const prefix = config.log.kind === 'kafka' ? config.log.prefix : ''
    terminal.note(`Topics ${prefix}… may still be there: ${asFailure(cause).message}`)
  })
}

/** Requests and restarts are nobody's concern here unless they ask. */
function loggerOf(config: Config, stream: Parameters<typeof createLogger>[1]): Logger {
  const logLevel = config.logLevel === 'info' ? 'warn' : config.logLevel
  return createLogger({ ...config, logLevel }, stream)
}

async function run({ config, terminal }: Context, options: DemoOptions): Promise<DemoEnd> {
  const { colorless } = config
  const isJson = options.json === true
  const view = openDemoView({ terminal, stdout: process.stdout, isJson, colorless })
  const interruption = listenForInterruption(() => view.progress('Stopping …'))
  const logger = loggerOf(config, {
    isTTY: terminal.interactive,
    write: (text) => view.say(text.trimEnd()),
  })
  let system: CollectingSystem | undefined
  try {
    view.progress('Opening log, steps and warehouse …')
    const { openSystem } = await import('./system.ts')
    system = await openSystem(config, { logger, now: Date.now }).catch((cause: unknown) => {
      throw asFailure(cause)
    })
    system.start()
    const url = await listen(system, config)
    const startedAt = new Date().toISOString()
    const siteFile = config.siteFile ?? null
    await writeRunning(config.dataDirectory, { pid: process.pid, url, startedAt, siteFile })
    const { signal } = interruption
    return await playDemo({ config, terminal, plan: planOf(options), system, url, view, signal })
  } finally {
    view.close()
    if (system !== undefined) {
      await removeRunning(config.dataDirectory)
      await system.close()
    }
    interruption.dispose()
  }
}

/** Where the database never came to be, whatever ended the demo has said why. */
async function dropDatabase({ config, terminal }: Context, { isKept, database }: DemoHome) {
  if (config.clickHouse === undefined || isKept) return
  try {
    const warehouse = await openWarehouse(config, { mayCreateDatabase: false })
    const on = onCluster(warehouse.deployment)
    await warehouse.command(`DROP DATABASE IF EXISTS \`${database}\` ${on} SYNC`)
    await warehouse.close()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    terminal.note(`The database ${database} may still be there: ${reason}`)
  }
}

function planOf({ seed, history, rate, events }: DemoOptions): Plan {
  return {
    seed: seed ?? String(Date.now() % 1_000_000),
    historyDays: history ?? 0,
    ratePerSecond: rate ?? RATE_PER_SECOND,
    paced: rate !== undefined || events === undefined,
    eventsMax: events,
  }
}

function report(
  end: DemoEnd,
  {
    context: { config, terminal },
    options,
    home,
  }: { context: Context; options: DemoOptions; home: DemoHome },
): void {
  if (options.json === true) return terminal.print(demoJson(end))
  terminal.print(demoSummary(end))
  if (!home.isKept) return
  const { dataDirectory, siteFile, clickHouse, log } = config
  const variables = [
    ...(clickHouse === undefined
      ? []
      : [
          `PARCOURS_WAREHOUSE=${clickHouse.url}`,
          `PARCOURS_CLICKHOUSE_DATABASE=${clickHouse.database}`,
        ]),
    ...(log.kind === 'embedded'
      ? []
      : [
          'PARCOURS_LOG=kafka',
          `PARCOURS_KAFKA_BROKERS=${log.brokers.join(',')}`,
          `PARCOURS_KAFKA_PREFIX=${log.prefix}`,
        ]),
  ]
  terminal.print(
    `\nGo on with its data:\n  ${[...variables, 'npx'].join(' ')} parcours start --data ${dataDirectory} --site ${siteFile}`,
  )
}
