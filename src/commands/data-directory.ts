import { chmod, mkdir, readdir, stat } from 'node:fs/promises'
import { CommandFailure } from './failure.ts'

// What everybody on the machine may do. A group's rights are somebody's decision: volumes of
// containers are shared by them.
const EVERYBODY = 0o007

/**
 * Makes the data directory, for its owner alone: what people did lies there, nobody else's business.
 * One that is there, empty and ours is narrowed; one that has something in it keeps its mode, which
 * somebody may have given it for a reason, such as a backup under another user: `openToAll` tells of it.
 */
export async function ensureDataDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
    throw new CommandFailure(cannotBeMade(path, cause), { cause })
  })
  const { mode, uid } = await stat(path)
  if ((mode & EVERYBODY) === 0 || uid !== process.getuid?.()) return
  if ((await readdir(path)).length > 0) return
  // One that cannot be changed cannot be written either, and whoever writes first says so better.
  await chmod(path, 0o700).catch(() => undefined)
}

function cannotBeMade(path: string, { code, message }: NodeJS.ErrnoException): string {
  return code === 'EEXIST' || code === 'ENOTDIR'
    ? `${path} cannot be the data directory: a file is there, or on the way to it. Name another with PARCOURS_DATA.`
    : `The data directory ${path} cannot be made: ${message}. Let the user that runs this process write there, or name another with PARCOURS_DATA.`
}

/** What to say of a data directory that everybody on the machine may look into; undefined: nothing. */
export async function openToAll(
  path: string,
): Promise<{ message: string; remedy: string } | undefined> {
  const { mode, uid } = await stat(path)
  if ((mode & EVERYBODY) === 0) return undefined
  const remedy =
    uid === process.getuid?.() ? `chmod 700 ${path}` : `Its owner runs: chmod o-rwx ${path}`
  const octal = (mode & 0o777).toString(8)
  const message = `${path} is open to every user of this machine (mode ${octal}), and what customers did lies in it.`
  return { message, remedy }
}
