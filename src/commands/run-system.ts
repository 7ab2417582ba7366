import { setTimeout as sleep } from 'node:timers/promises'
import { bannerOf } from './banner.ts'
import type { Context } from './context.ts'
import { openToAll } from './data-directory.ts'
import { EXIT } from './failure.ts'
import { listenForInterruption, untilAborted } from './interruption.ts'
import { listen } from './listen.ts'
import { createLogger } from './log.ts'
import { asFailure } from './open-client.ts'
import { checkNeeds } from './role-needs.ts'
import { ALL_ROLES, type Roles } from './roles.ts'
import { removeRunning, writeRunning } from './running-file.ts'

// Orchestrators kill ten seconds after they asked; what is left then was durable before. It counts
// from when guests have left.
const STOP_MS_MAX = 10_000
// Of these, what the steps may take to catch up, so that figures are complete; closing needs the rest.
const DRAIN_MS_MAX = 5_000

/** Runs a system with these roles until it is told to stop. */
export async function runSystem({ config, terminal }: Context, roles: Roles): Promise<number> {
  checkNeeds(roles, config)
  const logger = createLogger(config, process.stderr)
  const leaveMs = hasGuests(roles) ? config.leaveSeconds * 1_000 : 0
  const stopMsMax = leaveMs + STOP_MS_MAX
  const { openSystem } = await import('./system.ts')
  const interruption = listenForInterruption(() => {
    logger.info('stopping; a second signal ends it at once')
    setTimeout(() => {
      logger.fatal(`did not stop within ${stopMsMax / 1_000} s; what was accepted is durable`)
      process.exit(EXIT.failure)
    }, stopMsMax).unref()
  })
  const system = await openSystem(config, {
    logger,
    now: Date.now,
    roles,
    waitUntil: interruption.signal,
  }).catch((cause: unknown) => {
    throw asFailure(cause)
  })
  try {
    system.start()
    const url = await listen(system, config)
    const startedAt = new Date().toISOString()
    // Other commands do not find it then; senders do, and on a full disk they are told so.
    await writeRunning(config.dataDirectory, {
      pid: process.pid,
      url,
      startedAt,
      siteFile: config.siteFile ?? null,
    }).catch(({ message }: Error) =>
      logger.warn(`other commands will not find this process: ${message}`),
    )
    terminal.print(bannerOf({ url, config, system, style: terminal.style }))
    logger.info({ url, data: config.dataDirectory }, 'running')
    const open = await openToAll(config.dataDirectory)
    if (open) logger.warn(`${open.message} ${open.remedy}`)
    for (const change of system.pendingChanges()) logger.warn(`the site file changed: ${change}`)
    const broken = await Promise.race([untilAborted(interruption.signal), system.broken])
    system.leave()
    await removeRunning(config.dataDirectory)
    if (broken !== undefined) throw asFailure(broken)
    if (roles.size < ALL_ROLES.size) {
      await sleep(leaveMs)
      return EXIT.ok
    }
    // What cannot be worked off now is durable, and worked off after the next start.
    const drained = system
      .drained()
      .catch(({ message }: Error) => logger.warn(`stopping before all is worked off: ${message}`))
    const late = 'not all is worked off yet; the next start goes on with it'
    const tooLong = sleep(DRAIN_MS_MAX, late, { ref: false })
    const said = await Promise.race([drained, tooLong])
    if (typeof said === 'string') logger.info(said)
  } finally {
    await system.close()
    interruption.dispose()
    logger.info('stopped')
  }
  return EXIT.ok
}

/** Others of the same role take what came here, if they are given the time to hear of it. */
function hasGuests(roles: Roles): boolean {
  return roles.size < ALL_ROLES.size && (roles.has('collect') || roles.has('serve'))
}
