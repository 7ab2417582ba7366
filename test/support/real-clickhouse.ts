import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openClickHouse } from '../../src/adapters/clickhouse/server.ts'
import { imageProblem } from './docker-image.ts'
import { STAND_IN_PASSWORD, STAND_IN_USER, startStandIn } from './stand-in/stand-in.ts'

export type TestServer = {
  /** what it is, and why nothing more real, in one sentence */
  description: string
  address: { url: string; user: string; password: string }
  /** A name that nobody else uses; dropped by `close`. */
  freshDatabase(): string
  close(): Promise<void>
}

type Choice = { kind: 'address' | 'container' | 'stand-in'; description: string }

// The oldest release that `doctor` lets pass, so that what it lets pass is what was tried.
const IMAGE = 'clickhouse/clickhouse-server:25.8'
const START_MS_MAX = 120_000

/** What tests of the server's adapter talk to here. */
export function chooseServer(): Choice {
  if (process.env['PARCOURS_TEST_CLICKHOUSE_URL']) {
    return { kind: 'address', description: 'the server that PARCOURS_TEST_CLICKHOUSE_URL names' }
  }
  const problem = imageProblem(IMAGE)
  if (problem === undefined) return { kind: 'container', description: `a container of ${IMAGE}` }
  return {
    kind: 'stand-in',
    description: `a stand-in over chDB (no PARCOURS_TEST_CLICKHOUSE_URL, and ${problem})`,
  }
}

export async function openTestServer(): Promise<TestServer> {
  const choice = chooseServer()
  if (choice.kind === 'address') {
    const url = new URL(process.env['PARCOURS_TEST_CLICKHOUSE_URL']!)
    const user = decodeURIComponent(url.username) || 'default'
    const password = decodeURIComponent(url.password)
    return server(choice.description, { url: url.origin, user, password }, async () => {})
  }
  if (choice.kind === 'container') {
    try {
      return await container(choice.description)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      console.log(
        `ClickHouse over HTTP: a stand-in over chDB after all: no container started (${reason})`,
      )
    }
  }
  const directory = await mkdtemp(join(tmpdir(), 'parcours-stand-in-'))
  const standIn = await startStandIn(directory)
  const address = { url: standIn.url, user: STAND_IN_USER, password: STAND_IN_PASSWORD }
  return server(choice.description, address, async () => {
    await standIn.kill()
    await rm(directory, { recursive: true, force: true })
  })
}

async function container(description: string): Promise<TestServer> {
  // Loading it takes a second, which those who have no Docker need not wait.
  const { GenericContainer, Wait } = await import('testcontainers')
  const password = 'a password of the container'
  const started = await new GenericContainer(IMAGE)
    .withEnvironment({ CLICKHOUSE_USER: 'parcours', CLICKHOUSE_PASSWORD: password })
    .withEnvironment({ CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT: '1' })
    .withExposedPorts(8123)
    .withWaitStrategy(Wait.forHttp('/ping', 8123))
    .withStartupTimeout(START_MS_MAX)
    .start()
  const url = `http://${started.getHost()}:${started.getMappedPort(8123)}`
  return server(description, { url, user: 'parcours', password }, async () => {
    await started.stop()
  })
}

function server(
  description: string,
  address: TestServer['address'],
  stop: () => Promise<void>,
): TestServer {
  const databases: string[] = []
  return {
    description,
    address,
    freshDatabase() {
      const name = `parcours_test_${randomBytes(4).toString('hex')}`
      databases.push(name)
      return name
    },
    async close() {
      for (const database of databases) {
        const warehouse = await openClickHouse({ ...address, database })
        await warehouse.command(`DROP DATABASE \`${database}\` SYNC`)
        await warehouse.close()
      }
      await stop()
    },
  }
}
