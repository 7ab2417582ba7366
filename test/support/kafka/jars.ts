import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const POM = join(import.meta.dirname, 'pom.xml')
// The pom's own: another version gets a folder of its own.
const VERSION = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>([^<]+)</.exec(
  readFileSync(POM, 'utf8'),
)![1]!
const LOCK_POLL_MS = 200

/** Outside the repository, so that every checkout shares one download. */
function home(): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  return join(cache, 'parcours-test', `kafka-${VERSION}`)
}

export function haveJars(): boolean {
  return existsSync(join(home(), 'libs'))
}

/** The class path of a broker; downloaded once, whoever else asks meanwhile. */
export async function classPath(): Promise<string> {
  const libs = join(home(), 'libs')
  mkdirSync(home(), { recursive: true })
  while (!existsSync(libs)) {
    if (takeLock()) await download(libs).finally(() => rmSync(lockFile(), { force: true }))
    else await sleep(LOCK_POLL_MS)
  }
  return join(libs, '*')
}

async function download(libs: string): Promise<void> {
  if (existsSync(libs)) return
  const partial = `${libs}.${process.pid}`
  await promisify(execFile)('mvn', [
    '-q',
    '-B',
    '-f',
    POM,
    'dependency:copy-dependencies',
    `-DoutputDirectory=${partial}`,
    '-DincludeScope=runtime',
  ])
  renameSync(partial, libs)
}

function lockFile(): string {
  return join(home(), 'download.pid')
}

/** False while another process that lives holds it. */
function takeLock(): boolean {
  try {
    writeFileSync(lockFile(), `${process.pid}`, { flag: 'wx' })
    return true
  } catch {
    if (!isAlive(Number(readHolder()))) rmSync(lockFile(), { force: true })
    return false
  }
}

function readHolder(): string {
  try {
    return readFileSync(lockFile(), 'utf8')
  } catch {
    return ''
  }
}

function isAlive(pid: number): boolean {
  if (pid === 0) return true
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
