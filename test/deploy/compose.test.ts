/** That the compose file says what the code understands and what docs/deployment.md promises. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { checkNeeds } from '../../src/commands/role-needs.ts'
import { ROLES, type Role } from '../../src/commands/roles.ts'
import { version } from '../../src/commands/version.ts'
import { OLDEST_CLICKHOUSE } from '../../src/commands/warehouse-checks.ts'
import { readConfig } from '../../src/config.ts'
import { imageEnvironment } from '../support/dockerfile.ts'

type Service = {
  image: string
  command?: string[]
  environment: Record<string, string>
  ports?: string[]
  volumes: string[]
  healthcheck?: object
  mem_limit?: string
  stop_grace_period: string
  depends_on?: Record<string, { condition: string }>
  container_name?: string
  init?: boolean
}

const read = (file: string): string =>
  readFileSync(join(import.meta.dirname, '../..', file), 'utf8')
const TEXT = read('docker-compose.yml')
const { services, volumes } = parse(TEXT, { merge: true }) as {
  services: Record<string, Service>
  volumes: Record<string, null>
}
const { kafka, clickhouse } = services as { kafka: Service; clickhouse: Service }
const OURS = Object.entries(services).filter(([, { image }]) => image.startsWith('parcours:'))
const SECRET = 'a-secret-of-the-tests'
// A stop takes ten seconds at most.
const STOP_SECONDS_MAX = 10

/** As `docker compose` fills it in, over what the image sets. */
function environmentOf({ environment }: Service): Record<string, string> {
  const filled = Object.entries(environment).map(([name, value]) => [
    name,
    value.replace(/^\$\{\w+:\?.*\}$/, SECRET),
  ])
  return { ...imageEnvironment(), ...Object.fromEntries(filled) }
}

describe('the compose file', () => {
  test('runs every role in a service of its name', () => {
    const commands = Object.fromEntries(OURS.map(([name, { command }]) => [name, command]))
    expect(commands).toEqual(Object.fromEntries(ROLES.map((role) => [role, [role]])))
  })

  test.each(OURS)('gives %s settings that are known, valid and enough', (name, service) => {
    const reading = readConfig({}, environmentOf(service))
    expect(reading).toMatchObject({ kind: 'valid', warnings: [] })
    if (reading.kind === 'invalid') return
    expect(() => checkNeeds(new Set([name as Role]), reading.config)).not.toThrow()
  })

  test('bounds the memory of those that the launcher bounds, and as it does', () => {
    const launcher = read('src/parcours.mjs')
    const limits = ['NODE_OPTIONS', 'MALLOC_MMAP_THRESHOLD_'] as const
    const bounded = OURS.filter(([, { environment }]) => limits.some((one) => environment[one]))
    const names = bounded.map(([name]) => `'${name}'`).join(', ')
    expect(launcher).toContain(`SPARING_COMMANDS = new Set([${names}])`)
    for (const [, { environment }] of bounded) {
      expect(launcher).toContain(`YOUNG_MEMORY = '${environment['NODE_OPTIONS']}'`)
      expect(launcher).toContain(
        `OWN_MAPPING_BYTES_MIN = '${environment['MALLOC_MMAP_THRESHOLD_']}'`,
      )
    }
  })

  test('names exact versions, and of Parcours this one', () => {
    for (const { image } of Object.values(services))
      expect(image).toMatch(/:\d+\.\d+\.\d+(\.\d+)?$/)
    for (const [, { image }] of OURS) expect(image).toBe(`parcours:${version()}`)
  })

  test('has no ClickHouse older than doctor lets pass', () => {
    const [major, minor] = clickhouse.image.split(':')[1]!.split('.').map(Number)
    const [oldestMajor, oldestMinor] = OLDEST_CLICKHOUSE
    expect(major! * 100 + minor!).toBeGreaterThanOrEqual(oldestMajor * 100 + oldestMinor)
  })

  test('has no secret and no default for one, and .env.example names each without a value', () => {
    const uses = [...TEXT.matchAll(/\$\{(\w+)([^}]*)\}/g)]
    expect(uses.filter(([, , otherwise]) => !otherwise!.startsWith(':?'))).toEqual([])
    const lines = read('.env.example')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    expect(lines.sort()).toEqual([...new Set(uses.map(([, name]) => `${name}=`))].sort())
    const secretive = OURS.flatMap(([, { environment }]) => Object.entries(environment)).filter(
      ([name]) => /KEY|TOKEN|PASSWORD/.test(name),
    )
    expect(secretive.filter(([, value]) => !value.startsWith('${'))).toEqual([])
  })

  test('gives ClickHouse the user that Parcours asks as', () => {
    for (const name of ['warehouse', 'serve']) {
      const { environment } = services[name]!
      expect(environment['PARCOURS_CLICKHOUSE_USER']).toBe(
        clickhouse.environment['CLICKHOUSE_USER'],
      )
      expect(environment['PARCOURS_CLICKHOUSE_PASSWORD']).toBe(
        clickhouse.environment['CLICKHOUSE_PASSWORD'],
      )
    }
  })

  test('opens the collector and the readers, to this machine alone', () => {
    const open = Object.entries(services).filter(([, { ports }]) => ports !== undefined)
    expect(open.map(([name]) => name).sort()).toEqual(['collect', 'serve'])
    for (const [, { ports }] of open)
      expect(ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:/)])
  })

  test('lets any number of processes share the work: none shares a directory, a port or a name', () => {
    const { process } = services
    expect(process!.volumes).toEqual([imageEnvironment()['PARCOURS_DATA']])
    expect(process).not.toHaveProperty('ports')
    expect(process).not.toHaveProperty('container_name')
  })

  test('keeps what Kafka, ClickHouse and the spool of the collector hold in volumes with names', () => {
    expect(Object.keys(volumes)).toEqual(['kafka', 'clickhouse', 'collect'])
    expect(services['collect']!.volumes).toEqual([`collect:${imageEnvironment()['PARCOURS_DATA']}`])
    expect(kafka.volumes).toEqual([`kafka:${kafka.environment['KAFKA_LOG_DIRS']}`])
    expect(clickhouse.volumes).toEqual(['clickhouse:/var/lib/clickhouse'])
  })

  test('starts nobody before what it needs is healthy, and collectors without waiting', () => {
    const needs = OURS.map(([name, { depends_on: on = {} }]) => [
      name,
      Object.fromEntries(Object.entries(on).map(([other, { condition }]) => [other, condition])),
    ])
    const healthy = 'service_healthy'
    expect(Object.fromEntries(needs)).toEqual({
      collect: { kafka: 'service_started' },
      process: { kafka: healthy },
      serve: { clickhouse: healthy, kafka: healthy },
      warehouse: { clickhouse: healthy, kafka: healthy },
    })
    for (const service of [kafka, clickhouse]) expect(service).toHaveProperty('healthcheck')
  })

  test('puts an init before ours, so that a stop is heard before Node has loaded', () => {
    for (const [, { init }] of OURS) expect(init).toBe(true)
  })

  test('limits the memory of all, and gives all the time that a stop takes', () => {
    for (const { mem_limit: limit, stop_grace_period: grace } of Object.values(services)) {
      expect(limit).toMatch(/^\d+[mg]$/)
      expect(Number.parseInt(grace, 10)).toBeGreaterThan(STOP_SECONDS_MAX)
    }
  })

  test('sets a single broker so that it keeps transactions and positions by itself', () => {
    const { environment } = kafka
    expect(environment).toMatchObject({
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    })
    for (const [, { environment: own }] of OURS) {
      expect(environment['KAFKA_ADVERTISED_LISTENERS']).toBe(
        `PLAINTEXT://${own['PARCOURS_KAFKA_BROKERS']}`,
      )
    }
  })
})
