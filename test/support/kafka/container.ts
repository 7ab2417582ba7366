import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { GenericContainer, Wait } from 'testcontainers'
import type { Broker } from './broker.ts'
import { freePorts } from './free-ports.ts'
import { IMAGE } from './image.ts'
import { SETTINGS } from './settings.ts'

const INSIDE_PORT = 9092
const START_MS_MAX = 120_000

export async function startContainer(): Promise<Broker> {
  // Fixed, so that what it says of itself is true outside too.
  const [port] = await freePorts(1)
  const settings = Object.entries(SETTINGS).map(([name, value]) => [
    `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`,
    value,
  ])
  const container = await new GenericContainer(IMAGE)
    .withExposedPorts({ container: INSIDE_PORT, host: port! })
    .withEnvironment({
      ...Object.fromEntries(settings),
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_LISTENERS: `PLAINTEXT://0.0.0.0:${INSIDE_PORT},CONTROLLER://localhost:9093`,
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    })
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .withStartupTimeout(START_MS_MAX)
    .start()
  const docker = async (...words: string[]) => {
    await promisify(execFile)('docker', [...words, container.getId()])
  }
  return {
    address: `127.0.0.1:${port}`,
    stop: () => docker('stop'),
    kill: () => docker('kill'),
    start: () => docker('start'),
    pause: () => docker('pause'),
    resume: () => docker('unpause'),
    close: async () => void (await container.stop()),
  }
}
