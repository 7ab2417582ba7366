import { resolve } from 'node:path'
import { z } from 'zod'

/** Where the log is: in the data directory, or in Kafka. */
export type LogSettings = { kind: 'embedded' } | ({ kind: 'kafka' } & KafkaSettings)

export type KafkaSettings = {
  brokers: string[]
  /** what topics, groups and transactional ids begin with */
  prefix: string
  /** of the topics that processors share; fixed when they are made */
  partitions: number
  /** copies of each record, for topics that are made; undefined: as many as brokers, at most 3 */
  replicas: number | undefined
  sasl: { mechanism: Mechanism; username: string; password: string } | undefined
  /** absolute paths of PEM files; undefined is no TLS */
  tls: { ca: string | undefined; cert: string | undefined; key: string | undefined } | undefined
}

const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const
type Mechanism = (typeof MECHANISMS)[number]
const LOGS = ['embedded', 'kafka'] as const
const SWITCH = ['on', 'off'] as const

// Kafka takes 249 characters in a topic's name; what follows the prefix needs some.
const PREFIX_CHARACTERS_MAX = 200
const PORT_MAX = 65_535
const REPLICAS = /^[1-9]$/

// As many processors may share the work.
const PARTITIONS_DEFAULT = 8
// A process that has all lanes has two connections a partition to each broker, and a producer each.
const PARTITIONS_MAX = 64

export const kafkaShape = {
  PARCOURS_LOG: z.enum(LOGS, `must be one of ${LOGS.join(', ')}`).default('embedded'),
  PARCOURS_KAFKA_BROKERS: z
    .string()
    .regex(/^[\w.-]+:\d+(,[\w.-]+:\d+)*$/, 'must be host:port, several with commas between')
    .refine(
      (brokers) => !brokers.split(',').some((one) => Number(one.split(':')[1]) > PORT_MAX),
      `must have ports of at most ${PORT_MAX}`,
    )
    .optional(),
  PARCOURS_KAFKA_PREFIX: z
    .string()
    .regex(/^[\w.-]+$/, 'must be of letters, digits, ".", "_" and "-"')
    .max(PREFIX_CHARACTERS_MAX, `must have at most ${PREFIX_CHARACTERS_MAX} characters`)
    .default('parcours-'),
  PARCOURS_KAFKA_PARTITIONS: z
    .string()
    .regex(/^[1-9]\d?$/, `must be a number from 1 to ${PARTITIONS_MAX}`)
    .transform(Number)
    .refine((count) => count <= PARTITIONS_MAX, `must be at most ${PARTITIONS_MAX}`)
    .default(PARTITIONS_DEFAULT),
  PARCOURS_KAFKA_REPLICAS: z
    .string()
    .regex(REPLICAS, 'must be a number from 1 to 9')
    .transform(Number)
    .optional(),
  PARCOURS_KAFKA_SASL: z.enum(MECHANISMS, `must be one of ${MECHANISMS.join(', ')}`).optional(),
  PARCOURS_KAFKA_SASL_USERNAME: z.string().optional(),
  PARCOURS_KAFKA_SASL_PASSWORD: z.string().optional(),
  PARCOURS_KAFKA_TLS: z.enum(SWITCH, `must be one of ${SWITCH.join(', ')}`).default('off'),
  PARCOURS_KAFKA_TLS_CA: z.string().optional(),
  PARCOURS_KAFKA_TLS_CERT: z.string().optional(),
  PARCOURS_KAFKA_TLS_KEY: z.string().optional(),
}

type Given = z.infer<z.ZodObject<typeof kafkaShape>>

/** Never shown, not even in the message that says what is wrong with it. */
export const KAFKA_SECRETS = ['PARCOURS_KAFKA_SASL_PASSWORD']

/** What the variables say together; a sentence for each that does not fit the others. */
export function logSettings(given: Given): { log: LogSettings; problems: string[] } {
  if (given.PARCOURS_LOG === 'embedded') return { log: { kind: 'embedded' }, problems: [] }
  const problems: string[] = []
  const { PARCOURS_KAFKA_SASL: mechanism, PARCOURS_KAFKA_BROKERS: brokers } = given
  const { PARCOURS_KAFKA_SASL_USERNAME: username, PARCOURS_KAFKA_SASL_PASSWORD: password } = given
  if (brokers === undefined) {
    problems.push('PARCOURS_LOG is kafka, and PARCOURS_KAFKA_BROKERS names no brokers: host:port.')
  }
  const isNamed = username !== undefined && password !== undefined
  if (mechanism !== undefined && !isNamed) {
    problems.push(
      'PARCOURS_KAFKA_SASL needs PARCOURS_KAFKA_SASL_USERNAME and PARCOURS_KAFKA_SASL_PASSWORD.',
    )
  }
  if (mechanism === undefined && (username ?? password) !== undefined) {
    problems.push(`PARCOURS_KAFKA_SASL must say how to log in: one of ${MECHANISMS.join(', ')}.`)
  }
  const cert = pathOf(given.PARCOURS_KAFKA_TLS_CERT)
  const key = pathOf(given.PARCOURS_KAFKA_TLS_KEY)
  if ((cert === undefined) !== (key === undefined)) {
    problems.push('PARCOURS_KAFKA_TLS_CERT and PARCOURS_KAFKA_TLS_KEY are needed together.')
  }
  const ca = pathOf(given.PARCOURS_KAFKA_TLS_CA)
  const isTls = given.PARCOURS_KAFKA_TLS === 'on'
  if (!isTls && (ca ?? cert ?? key) !== undefined) {
    problems.push('PARCOURS_KAFKA_TLS is off, and files for it are named. Set it to on.')
  }
  return {
    problems,
    log: {
      kind: 'kafka',
      brokers: brokers?.split(',') ?? [],
      prefix: given.PARCOURS_KAFKA_PREFIX,
      partitions: given.PARCOURS_KAFKA_PARTITIONS,
      replicas: given.PARCOURS_KAFKA_REPLICAS,
      sasl: mechanism !== undefined && isNamed ? { mechanism, username, password } : undefined,
      tls: isTls ? { ca, cert, key } : undefined,
    },
  }
}

/** What works, and should not stay so. */
export function logWarnings(log: LogSettings): string[] {
  if (log.kind === 'embedded' || log.tls !== undefined || log.sasl?.mechanism !== 'plain') return []
  return [
    'PARCOURS_KAFKA_SASL is plain without TLS: whoever is on the way reads the password. Set PARCOURS_KAFKA_TLS=on, or use scram-sha-512.',
  ]
}

function pathOf(file: string | undefined): string | undefined {
  return file === undefined ? undefined : resolve(file)
}
