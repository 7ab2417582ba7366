import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')
// What the launcher starts; going through it costs a process more.
const CLI = join(ROOT, 'src/cli.ts')
const LAUNCHER = join(ROOT, 'src/parcours.mjs')
const NODE_OPTIONS = ['--disable-warning=ExperimentalWarning']
const CACHE = join(ROOT, 'node_modules/.cache/parcours')

export type Ran = { code: number | null; stdout: string; stderr: string }

/** The command line in a process of its own, to its end. */
export async function runCli(
  args: string[],
  { env = {}, input, cwd = ROOT }: { env?: NodeJS.ProcessEnv; input?: string; cwd?: string } = {},
): Promise<Ran> {
  const child = startCli(args, { env, cwd })
  child.stdin!.end(input ?? '')
  return ended(child)
}

export function startCli(
  args: string[],
  {
    env = {},
    cwd = ROOT,
    script = CLI,
  }: { env?: NodeJS.ProcessEnv; cwd?: string; script?: string } = {},
): ChildProcess {
  return spawn(process.execPath, [...NODE_OPTIONS, script, ...args], {
    cwd,
    env: { ...cleanEnvironment(), UV_THREADPOOL_SIZE: '16', NODE_COMPILE_CACHE: CACHE, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

export function startLauncher(args: string[]): ChildProcess {
  return startCli(args, { script: LAUNCHER })
}

export async function ended(child: ChildProcess): Promise<Ran> {
  let stdout = ''
  let stderr = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  // A command that refuses its arguments does not read its input.
  child.stdin!.on('error', () => {})
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

/** What the machine that runs the tests has set must not decide what they see. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !name.startsWith('PARCOURS_') && name !== 'NODE_OPTIONS' && !name.startsWith('VITEST'),
    ),
  )
}
