import { existsSync } from 'node:fs'
import { inProcessClient, networkClient, type ApiClient } from './api-client.ts'
import type { Context } from './context.ts'
import { CommandFailure } from './failure.ts'
import { createLogger } from './log.ts'
import { readRunning, type Running } from './running-file.ts'
import type { CollectingSystem } from './system.ts'
import { readWriteKey } from './write-key.ts'

export type OpenClient = {
  client: ApiClient
  /** the system, where it was opened in this process; undefined where one runs already */
  system: CollectingSystem | undefined
  close: () => Promise<void>
}

/**
 * The API of the process that holds the data directory; where none does, of a system opened here.
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
    return { client, system: undefined, close: async () => {} }
  }
  if (!mayCreate && !existsSync(dataDirectory)) {
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
  const system = await openSystem(config, { logger, now: Date.now }).catch((cause: unknown) => {
    throw asFailure(cause)
  })
  const credentials = { readToken, writeKey: system.writeKey.key }
  return {
    client: inProcessClient(system.app, dataDirectory, credentials),
    system,
    close: () => system.close(),
  }
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
