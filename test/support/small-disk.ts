import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { temporaryDirectory } from './data-directory.ts'

/** A place for data that becomes full soon. */
export type SmallDisk = {
  data: string
  /** how its process must be started */
  through: readonly string[]
  /** Gives it space, while the process runs. */
  grow(pid: number): void
}

/** A file system of its own, of so many megabytes; undefined where this user may not mount one. */
export async function smallFileSystem(mebibytes: number): Promise<SmallDisk | undefined> {
  const directory = await temporaryDirectory()
  if (!mounts(['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'parcours-test', directory])) {
    return undefined
  }
  const data = join(directory, 'data')
  return {
    data,
    through: [],
    grow: () => execFileSync('mount', ['-o', `remount,size=${mebibytes * 8}m`, directory]),
  }
}

/** A process whose files may not grow beyond so many megabytes; undefined where there is no prlimit. */
export async function smallFiles(mebibytes: number): Promise<SmallDisk | undefined> {
  if (!runs('prlimit', ['--version']) || !runs('bash', ['--version'])) return undefined
  // Ignored, the signal leaves an error; unheeded, it would end the process.
  const limited = `trap '' XFSZ; ulimit -S -f ${mebibytes * 1024}; exec "$@"`
  return {
    data: join(await temporaryDirectory(), 'data'),
    through: ['bash', '-c', limited, 'bash'],
    grow: (pid) => execFileSync('prlimit', ['--fsize=unlimited:', '--pid', String(pid)]),
  }
}

/** Makes a directory read-only, for root too where it can; how it was done, undefined where it cannot. */
export function makeReadOnly(directory: string): string | undefined {
  if (process.getuid?.() !== 0) {
    execFileSync('chmod', ['-R', 'a-w', directory])
    onTestFinished(() => void execFileSync('chmod', ['-R', 'u+w', directory]))
    return 'permissions'
  }
  // Permissions do not bind root; a mount does.
  mkdirSync(directory, { recursive: true })
  if (!mounts(['--bind', directory, directory])) return undefined
  execFileSync('mount', ['-o', 'remount,bind,ro', directory])
  return 'a read-only mount'
}

function mounts(words: readonly string[]): boolean {
  if (!runs('mount', words)) return false
  onTestFinished(() => void execFileSync('umount', ['--lazy', words.at(-1)!]))
  return true
}

function runs(command: string, words: readonly string[]): boolean {
  try {
    execFileSync(command, words, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
