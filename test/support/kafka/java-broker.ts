import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Broker } from './broker.ts'
import { freePorts } from './free-ports.ts'
import { classPath } from './jars.ts'
import { SETTINGS } from './settings.ts'

const CLUSTER_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
const START_MS_MAX = 180_000
// Quick to start, and gentle on a machine that runs the tests too.
const JAVA = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
// Ends with whoever started it, however that ended, and then leaves nothing: a pipe is closed by
// the system.
const KEEPER = `directory=$1; shift; "$@" & pid=$!; echo "$pid"
read -r word; [ "$word" = stop ] && kill "$pid" || kill -9 "$pid"; wait "$pid"
[ "$word" ] || rm -rf "$directory"`

/** A listener beside the plain one. */
export type Listener = { protocol: string; format: string[]; properties: Record<string, string> }

type Running = { keeper: ChildProcess; pid: number }

/**
 * @param listen makes a second listener, at `secure`, of files in the broker's directory
 * @param joins the controller of a broker that is there; this one is its second
 * @param parent the system's temporary directory unless given
 */
export async function startJava(
  listen?: (directory: string) => Listener,
  { joins, parent = tmpdir() }: { joins?: string; parent?: string | undefined } = {},
): Promise<Broker & { secure: string; controller: string }> {
  const [port, controllerPort, securePort] = (await freePorts(3)) as [number, number, number]
  const directory = await mkdtemp(join(parent, 'parcours-kafka-'))
  const properties = join(directory, 'server.properties')
  const secure = listen?.(directory)
  const controller = joins ?? `127.0.0.1:${controllerPort}`
  const where = { port, controller, securePort, directory, secure, isSecond: joins !== undefined }
  writeFileSync(properties, propertiesOf(where))
  const classes = ['-cp', await classPath()]
  const kind = joins === undefined ? '--standalone' : '--no-initial-controllers'
  const format = ['format', kind, '-t', CLUSTER_ID, '-c', properties, ...(secure?.format ?? [])]
  const formatted = spawnSync('java', [...classes, 'kafka.tools.StorageTool', ...format])
  if (formatted.status !== 0)
    throw new Error(`Kafka cannot be formatted: ${formatted.stderr.toString()}`)

  let running: Running | undefined
  async function start(): Promise<void> {
    const server = [...JAVA, ...classes, 'kafka.Kafka', properties]
    const keeper = spawn('sh', ['-c', KEEPER, 'keeper', directory, 'java', ...server], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const [said] = (await once(keeper.stdout, 'data')) as [Buffer]
    keeper.stdout.resume()
    running = { keeper, pid: Number.parseInt(said.toString(), 10) }
    await untilListening(port, keeper)
  }
  async function end(word: 'stop' | 'kill'): Promise<void> {
    if (running === undefined) return
    const { keeper, pid } = running
    running = undefined
    if (keeper.exitCode !== null) return
    const gone = once(keeper, 'exit')
    // A paused one hears nothing else.
    process.kill(pid, 'SIGCONT')
    keeper.stdin!.end(`${word}\n`)
    await gone
  }
  await start()
  return {
    address: `127.0.0.1:${port}`,
    secure: `127.0.0.1:${securePort}`,
    controller,
    start,
    stop: () => end('stop'),
    kill: () => end('kill'),
    async pause() {
      process.kill(running!.pid, 'SIGSTOP')
    },
    async resume() {
      process.kill(running!.pid, 'SIGCONT')
    },
    async close() {
      await end('kill')
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

function propertiesOf(where: {
  port: number
  controller: string
  securePort: number
  directory: string
  secure: Listener | undefined
  isSecond: boolean
}): string {
  const { secure, securePort, controller, isSecond } = where
  const plain = `PLAINTEXT://127.0.0.1:${where.port}`
  const advertised = secure === undefined ? plain : `${plain},SECURE://127.0.0.1:${securePort}`
  const own = {
    'process.roles': isSecond ? 'broker' : 'broker,controller',
    'node.id': isSecond ? '2' : '1',
    'controller.quorum.bootstrap.servers': controller,
    listeners: isSecond ? advertised : `${advertised},CONTROLLER://${controller}`,
    'advertised.listeners': advertised,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': `CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURE:${secure?.protocol ?? 'PLAINTEXT'}`,
    'log.dirs': join(where.directory, 'data'),
    ...secure?.properties,
  }
  const lines = Object.entries({ ...SETTINGS, ...own }).map(([name, value]) => `${name}=${value}`)
  return `${lines.join('\n')}\n`
}

async function untilListening(port: number, keeper: ChildProcess): Promise<void> {
  for (const until = Date.now() + START_MS_MAX; Date.now() < until;) {
    if (keeper.exitCode !== null) break
    if (await listens(port)) return
    await sleep(50)
  }
  throw new Error('Kafka did not start.')
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
