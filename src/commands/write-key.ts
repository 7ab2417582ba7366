import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { CommandFailure } from './failure.ts'

// 144 bits: nobody guesses it, and base64url writes it in 24 characters without padding.
const KEY_BYTES = 18

/**
 * The key that senders show: PARCOURS_WRITE_KEY, else the one kept in the data directory, made here
 * the first time. It is kept as it is, readable by its owner only, because `import` needs it too.
 */
export async function ensureWriteKey(
  config: Pick<Config, 'dataDirectory' | 'writeKey'>,
): Promise<{ key: string; generated: boolean }> {
  if (config.writeKey !== undefined) return { key: config.writeKey, generated: false }
  const kept = await readWriteKey(config)
  if (kept !== undefined) return { key: kept, generated: false }

  const key = `pk_${randomBytes(KEY_BYTES).toString('base64url')}`
  await mkdir(config.dataDirectory, { recursive: true })
  try {
    await writeFile(writeKeyPath(config), `${key}\n`, { mode: 0o600, flag: 'wx' })
  } catch (cause) {
    // Another process was first: its key is the key.
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
    return { key: (await readWriteKey(config))!, generated: false }
  }
  return { key, generated: true }
}

/** What a sender on this machine shows; undefined where no process has made one yet. */
export async function readWriteKey(
  config: Pick<Config, 'dataDirectory' | 'writeKey'>,
): Promise<string | undefined> {
  if (config.writeKey !== undefined) return config.writeKey
  try {
    const key = (await readFile(writeKeyPath(config), 'utf8')).trim()
    if (key === '') {
      throw new CommandFailure(
        `${writeKeyPath(config)} is empty. Put the write key back, or remove the file to have a new one made.`,
      )
    }
    return key
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw cause
  }
}

function writeKeyPath({ dataDirectory }: Pick<Config, 'dataDirectory'>): string {
  return join(dataDirectory, 'write-key')
}
