#!/usr/bin/env node
// The launcher runs on whatever Node is in PATH, from 16 on, and moves to the Node that the project
// pins. It is plain JavaScript because an older Node cannot read the rest.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

// From here on Node runs TypeScript as it is, without a flag and without a warning.
const OLDEST = [22, 18]
// A running query of the embedded warehouse holds a thread; Node's default of 4 would let readers
// starve file access. The pool's size is read once, before any of our code runs.
const THREAD_POOL_SIZE = '16'
// These pass on what others worked out. V8 would let what is young grow to three times 32 MB before it
// looks, and glibc takes ever larger buffers from its heap, which hardly shrinks; with a limit that
// stays, larger ones are mapped, and given back. Where batches are worked off, both cost CPU time.
const SPARING_COMMANDS = new Set(['warehouse', 'serve'])
const YOUNG_MEMORY = '--max-semi-space-size=8'
const OWN_MAPPING_BYTES_MIN = '262144'
// A child that ends by one of these is followed by the same signal, as if it had never been between.
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']

const node = pinnedNode() || (isRecent(process.versions.node) ? process.execPath : undefined)
if (node === undefined) {
  process.stderr.write(
    `parcours needs Node ${OLDEST.join('.')} or newer; this is ${process.versions.node} ` +
      `(${process.execPath}).\nRun "npm ci" in the checkout, which installs the right one, ` +
      'or put a newer Node in PATH.\n',
  )
  process.exitCode = 1
} else {
  relaunch(node)
}

/** The binary of the npm package `node`, which `npm ci --omit=dev` leaves out. */
function pinnedNode() {
  const { resolve } = createRequire(import.meta.url)
  for (const binary of ['node/bin/node', 'node/bin/node.exe']) {
    try {
      return resolve(binary)
    } catch {
      // Not installed, or for another system: the next one, else the Node that runs us.
    }
  }
  return undefined
}

function isRecent(version) {
  const [major, minor] = version.split('.').map(Number)
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
}

function relaunch(command) {
  const env = { ...process.env }
  if (!env.UV_THREADPOOL_SIZE) env.UV_THREADPOOL_SIZE = THREAD_POOL_SIZE
  if (SPARING_COMMANDS.has(process.argv[2])) {
    // Of two the last one counts: what somebody else decided.
    env.NODE_OPTIONS = `${YOUNG_MEMORY} ${env.NODE_OPTIONS ?? ''}`.trim()
    if (!env['MALLOC_MMAP_THRESHOLD_']) env['MALLOC_MMAP_THRESHOLD_'] = OWN_MAPPING_BYTES_MIN
  }
  // Node keeps what it made of our files, and the next command starts in half the time.
  const modules = fileURLToPath(new URL('../node_modules', import.meta.url))
  if (!env.NODE_COMPILE_CACHE && existsSync(modules)) {
    env.NODE_COMPILE_CACHE = join(modules, '.cache', 'parcours')
  }
  const child = spawn(
    command,
    [
      // SQLite and zstd are still called experimental by Node; what we use of them is tested.
      '--disable-warning=ExperimentalWarning',
      fileURLToPath(new URL('cli.ts', import.meta.url)),
      ...process.argv.slice(2),
    ],
    // The channel carries nothing: it closes when this process is killed, and the child then stops too.
    { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env },
  )
  const forward = (signal) => child.kill(signal)
  for (const signal of FORWARDED) process.on(signal, forward)
  child.on('error', (error) => {
    process.stderr.write(`parcours could not start ${command}: ${error.message}\n`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    for (const forwarded of FORWARDED) process.removeListener(forwarded, forward)
    if (signal === null) process.exit(code)
    if (FORWARDED.includes(signal)) process.kill(process.pid, signal)
    // Where the signal does not end us, or is none to raise again, the shell's convention tells it.
    else process.exit(128 + constants.signals[signal])
  })
}
