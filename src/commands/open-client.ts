import { existsSync } from 'node:fs'
import type { Logger } from 'pino'
import { inProcessClient, networkClient, type ApiClient } from './api-client.ts'
import type { Context } from './context.ts'
import { CommandFailure } from './failure.ts'
import { createLogger } from './log.ts'
import type { Roles } from './roles.ts'
import { readRunning, type Running } from './running-file.ts'
import type { CollectingSystem } from './system.ts'
import { temporaryData } from './temporary-data.ts'
import { readWriteKey } from './write-key.ts'

export type OpenClient = {
  client: ApiClient
  /** the system, where it was opened in this process; undefined where others work */
  system: CollectingSystem | undefined
  /** Whether a process was found on this data directory, and is asked. */
  isAsked: boolean
  close: () => Promise<void>
}

/**
 * The API of the process that holds the data directory; where none does, of a system opened here.
 * With the log in Kafka that one only looks, or collects: whoever works on the lanes, on whichever
 * machine, must not lose them to a command.
 * @param mayCreate whether a data directory that does not exist is made
 */
export async function openClient(
  { config, terminal }: Context,
  { mayCreate = false }: { mayCreate?: boolean } = {},
): Promise<OpenClient> {
  const { dataDirectory, readToken } = config
  const running = await runningProcess(dataDirectory)
  if (running !== undefined) {
    const credentials = { readToken, writeKey: await readWriteKey(config) }
    const client = networkClient(running.url, credentials)
    return { client, system: undefined, isAsked: true, close: async () => {} }
  }
  const isElsewhere = config.log.kind === 'kafka' && config.clickHouse !== undefined
  if (!mayCreate && !isElsewhere && !existsSync(dataDirectory)) {
    throw new CommandFailure(
      `There is no data in ${dataDirectory} yet. "parcours start" and "parcours import" make some; PARCOURS_DATA or --data names another directory.`,
    )
  }
  // Loaded only here: with a running process, no command waits for the warehouse's engine to load.
  const { openSystem } = await import('./system.ts')
  // What a command does on its way is nobody's concern unless they ask.
  const logger =
    config.logLevel === 'info'
      ? createLogger(
          { ...config, logLevel: 'warn' },
          { write: (text) => terminal.note(text.trimEnd()) },
        )
      : createLogger(config, { write: (text) => terminal.note(text.trimEnd()) })
  if (config.log.kind === 'kafka') return openOnlooker({ config, logger, mayCollect: mayCreate })
  const system = await openSystem(config, { logger, now: Date.now }).catch(
    async (cause: unknown) => {
      throw await asOpeningFailure(cause, dataDirectory)
    },
  )
  const credentials = { readToken, writeKey: system.writeKey.key }
  return {
    client: inProcessClient(system.app, dataDirectory, credentials),
    system,
    isAsked: false,
    close: () => system.close(),
  }
}

/** Works on no lane and makes no topic; what it keeps of the state is gone with it. */
async function openOnlooker({
  config,
  logger,
  mayCollect,
}: Pick<Context, 'config'> & { logger: Logger; mayCollect: boolean }): Promise<OpenClient> {
  const { openSystem } = await import('./system.ts')
  // An embedded warehouse, and a write key, are where they are.
  const isTemporary = config.clickHouse !== undefined && !existsSync(config.dataDirectory)
  const data = isTemporary ? await temporaryData() : undefined
  const roles: Roles = new Set(mayCollect ? ['collect'] : ['serve'])
  try {
    const system = await openSystem(
      { ...config, dataDirectory: data?.directory ?? config.dataDirectory },
      { logger, now: Date.now, roles, mayCreate: false },
    )
    // What others decide is heard of only then.
    system.start()
    const credentials = { readToken: config.readToken, writeKey: system.writeKey?.key }
    return {
      client: inProcessClient(system.app, placeOf(config), credentials),
      system: undefined,
      isAsked: false,
      async close() {
        await system.close()
        await data?.remove()
      },
    }
  } catch (cause) {
    await data?.remove()
    throw await asOpeningFailure(cause, config.dataDirectory)
  }
}

/** Who holds the directory and cannot be asked is no mistake of whoever asks, as it is of a second start. */
async function asOpeningFailure(cause: unknown, dataDirectory: string): Promise<CommandFailure> {
  const { DirectoryLockError } = await import('../adapters/directory-lock.ts')
  if (!(cause instanceof DirectoryLockError) || cause.heldBy === undefined) return asFailure(cause)
  return new CommandFailure(
    `${dataDirectory} is in use by ${cause.heldBy}, which does not answer: it is starting, or waits for what its log names, or is a command at work. Ask again later.`,
    { cause },
  )
}

function placeOf({ log, dataDirectory }: Context['config']): string {
  return log.kind === 'kafka'
    ? `${log.prefix} in Kafka at ${log.brokers.join(', ')}`
    : dataDirectory
}

/** What stops a system from opening is the operator's to mend: a message, no stack. */
export function asFailure(cause: unknown): CommandFailure {
  if (cause instanceof CommandFailure) return cause
  return new CommandFailure(cause instanceof Error ? cause.message : String(cause), { cause })
}

/** The file alone may be left from a crash: only a held lock says that its process lives. */
export async function runningProcess(dataDirectory: string): Promise<Running | undefined> {
  const running = await readRunning(dataDirectory)
  if (running === undefined) return undefined
  const { lockDirectory } = await import('../adapters/directory-lock.ts')
  try {
    const lock = await lockDirectory(dataDirectory)
    await lock.release()
    return undefined
  } catch {
    return running
  }
}
