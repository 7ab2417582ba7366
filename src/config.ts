import { resolve } from 'node:path'
import { z } from 'zod'
import { readSettingsFile } from './settings-file.ts'
import {
  KAFKA_SECRETS,
  kafkaShape,
  logSettings,
  type LogSettings,
  logWarnings,
} from './kafka-settings.ts'

/** Every setting, checked and with its default; docs/configuration.md describes each for users. */
export type Config = {
  /** absolute path; the log, the state, the warehouse and the write key live below it */
  dataDirectory: string
  log: LogSettings
  /** of what waits on disk while a log in Kafka is down; 0 is none */
  spoolBytesMax: number
  /** touchpoints that may wait to be processed before collectors refuse more */
  backlogTouchpointsMax: number
  host: string
  port: number
  /** absolute path; undefined is the built-in site: UTC, EUR, `ecommerce` */
  siteFile: string | undefined
  /** undefined is the one in this process, in the data directory */
  clickHouse: ClickHouseConfig | undefined
  /** undefined: the one kept in the data directory, made at the first start */
  writeKey: string | undefined
  /** what readers must present; undefined only where the host is the loopback */
  readToken: string | undefined
  /** how long a collector or reader that is told to stop still lets in, so that others take over */
  leaveSeconds: number
  logLevel: LogLevel
  logFormat: LogFormat
  /** undefined where the launcher was passed by; the warehouse then shares Node's four threads */
  threadPoolSize: number | undefined
  /** NO_COLOR is set */
  colorless: boolean
}

export type ClickHouseConfig = {
  /** without user and password: it is printed */
  url: string
  user: string
  password: string
  database: string
  cluster: string | undefined
  /** absolute path of a PEM file */
  caFile: string | undefined
}

export type ConfigReading =
  | { kind: 'valid'; config: Config; warnings: string[] }
  | { kind: 'invalid'; problems: string[] }

const EMBEDDED = 'embedded'
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
type LogLevel = (typeof LOG_LEVELS)[number]
const LOG_FORMATS = ['auto', 'json', 'text'] as const
type LogFormat = (typeof LOG_FORMATS)[number]

// Shorter ones can be guessed by trying.
const SECRET_CHARACTERS_MIN = 16
const secret = z
  .string()
  .min(SECRET_CHARACTERS_MIN, `must have at least ${SECRET_CHARACTERS_MIN} characters`)
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces: it travels in a header')
  // The write key is the user name of Basic authentication, where a colon ends it.
  .regex(/^[^:]+$/, 'must not contain a colon')

// An hour of 500 touchpoints a second, with what a page view holds.
const SPOOL_MIB_DEFAULT = 1_024
// The file may take twice as much, and has 64 GiB of address space.
const SPOOL_MIB_MAX = 32_768
// More would take one machine a quarter of an hour: senders are asked to wait.
const BACKLOG_TOUCHPOINTS_DEFAULT = 2_000_000
// Balancers ask for health once a second or two. With what else a stop takes it stays below the ten
// seconds after which orchestrators kill.
const LEAVE_SECONDS = 3

// It stands in statements between backquotes, and in paths of Keeper.
const name = z.string().regex(/^[A-Za-z0-9_][\w-]*$/, 'must be letters, digits, _ and -')

const settings = z.object({
  ...kafkaShape,
  PARCOURS_CONFIG: z.string().optional(),
  PARCOURS_DATA: z.string().default('./data'),
  PARCOURS_HOST: z
    .string()
    .regex(/^[\w.:-]+$/, 'must be a host name or an address')
    .default('127.0.0.1'),
  PARCOURS_PORT: z
    .string()
    .regex(/^\d+$/, 'must be a number')
    .transform(Number)
    .refine((port) => port <= 65_535, 'must be at most 65535 (0 lets the system choose)')
    .default(7717),
  PARCOURS_SITE: z.string().optional(),
  PARCOURS_WAREHOUSE: z
    .string()
    .refine(
      (text) => text === EMBEDDED || clickHouseUrl(text) !== undefined,
      'must be "embedded", or the address of a ClickHouse server over HTTP: http://host:8123 or https://host:8443',
    )
    .refine(
      hasReadableUser,
      'has a user or a password with a % that stands for nothing: write it as %25, or use PARCOURS_CLICKHOUSE_USER and PARCOURS_CLICKHOUSE_PASSWORD',
    )
    .default(EMBEDDED),
  PARCOURS_CLICKHOUSE_USER: z.string().optional(),
  PARCOURS_CLICKHOUSE_PASSWORD: z.string().optional(),
  PARCOURS_CLICKHOUSE_DATABASE: name.default('parcours'),
  PARCOURS_CLICKHOUSE_CLUSTER: name.optional(),
  PARCOURS_CLICKHOUSE_CA: z.string().optional(),
  PARCOURS_SPOOL_MAX_MIB: z
    .string()
    .regex(/^\d+$/, 'must be a number')
    .transform(Number)
    .refine((size) => size <= SPOOL_MIB_MAX, `must be at most ${SPOOL_MIB_MAX}; 0 is no spool`)
    .default(SPOOL_MIB_DEFAULT),
  PARCOURS_BACKLOG_MAX_TOUCHPOINTS: z
    .string()
    .regex(/^[1-9]\d{0,9}$/, 'must be a number from 1 on')
    .transform(Number)
    .default(BACKLOG_TOUCHPOINTS_DEFAULT),
  PARCOURS_WRITE_KEY: secret.optional(),
  PARCOURS_READ_TOKEN: secret.optional(),
  PARCOURS_LEAVE_SECONDS: z
    .string()
    .regex(/^\d{1,2}$/, 'must be a number of seconds, at most 99')
    .transform(Number)
    .default(LEAVE_SECONDS),
  PARCOURS_LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
  PARCOURS_LOG_FORMAT: z
    .enum(LOG_FORMATS, `must be one of ${LOG_FORMATS.join(', ')}`)
    .default('auto'),
  UV_THREADPOOL_SIZE: z.string().regex(/^\d+$/, 'must be a number').transform(Number).optional(),
})
const NAMES = Object.keys(settings.shape)
// What must be known before any file is read.
const NOT_IN_A_FILE = new Set(['PARCOURS_CONFIG', 'UV_THREADPOOL_SIZE'])
const FILE_NAMES = NAMES.filter((name) => !NOT_IN_A_FILE.has(name))

/**
 * The one reading of the environment, and of the file that it may name: the environment goes before
 * the file. Empty variables are as if unset.
 * @param overrides what the command line said, under the variables' names; it goes first
 */
export function readConfig(
  overrides: Partial<Record<string, string | undefined>> = {},
  environment: NodeJS.ProcessEnv = process.env,
): ConfigReading {
  const set = withoutEmpty({ ...withoutEmpty(environment), ...definedOf(overrides) })
  const path = set['PARCOURS_CONFIG']
  const file = path === undefined ? undefined : readSettingsFile(resolve(path), FILE_NAMES)
  if (file && file.problems.length > 0) return { kind: 'invalid', problems: file.problems }
  const given = { ...withoutEmpty(file?.values ?? {}), ...set }
  const parsed = settings.safeParse(given)
  const problems = parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => problemOf(String(path[0]), message, given))
  if (!parsed.success) return { kind: 'invalid', problems }

  const { data } = parsed
  if (!isLoopback(data.PARCOURS_HOST) && data.PARCOURS_READ_TOKEN === undefined) {
    problems.push(
      `PARCOURS_HOST ${data.PARCOURS_HOST} is reachable from other machines, and then everybody could read ` +
        'every customer. Set PARCOURS_READ_TOKEN, or leave PARCOURS_HOST at 127.0.0.1.',
    )
  }
  const { log, problems: logProblems } = logSettings(data)
  problems.push(...logProblems)
  if (problems.length > 0) return { kind: 'invalid', problems }
  const config: Config = {
    dataDirectory: resolve(data.PARCOURS_DATA),
    log,
    spoolBytesMax: data.PARCOURS_SPOOL_MAX_MIB * 2 ** 20,
    backlogTouchpointsMax: data.PARCOURS_BACKLOG_MAX_TOUCHPOINTS,
    host: data.PARCOURS_HOST,
    port: data.PARCOURS_PORT,
    siteFile: data.PARCOURS_SITE === undefined ? undefined : resolve(data.PARCOURS_SITE),
    clickHouse: clickHouseOf(data),
    writeKey: data.PARCOURS_WRITE_KEY,
    readToken: data.PARCOURS_READ_TOKEN,
    leaveSeconds: data.PARCOURS_LEAVE_SECONDS,
    logLevel: data.PARCOURS_LOG_LEVEL,
    logFormat: data.PARCOURS_LOG_FORMAT,
    threadPoolSize: data.UV_THREADPOOL_SIZE,
    colorless: given.NO_COLOR !== undefined,
  }
  const warnings = [...unknownVariables(given), ...unusedVariables(given), ...logWarnings(log)]
  return { kind: 'valid', config, warnings }
}

// What chooses the place, and what is for nothing without it.
const CHOICES = [
  ['PARCOURS_LOG', /^PARCOURS_KAFKA_(BROKERS|SASL|TLS)/, 'kafka'],
  ['PARCOURS_WAREHOUSE', /^PARCOURS_CLICKHOUSE_/, 'http://host:8123'],
] as const

/** Whoever says where Kafka is means to use it; "embedded" said aloud is a choice. */
function unusedVariables(given: Record<string, unknown>): string[] {
  return CHOICES.flatMap(([chooser, names, value]) => {
    const unused = NAMES.filter((name) => names.test(name) && given[name] !== undefined)
    if (given[chooser] !== undefined || unused.length === 0) return []
    return [`${unused.join(', ')}: not used, since ${chooser} is embedded unless set (${value}).`]
  })
}

function clickHouseOf(data: z.output<typeof settings>): ClickHouseConfig | undefined {
  const url = clickHouseUrl(data.PARCOURS_WAREHOUSE)
  if (url === undefined) return undefined
  const { username, password } = url
  url.username = ''
  url.password = ''
  const { PARCOURS_CLICKHOUSE_CA: caFile } = data
  return {
    url: url.href.replace(/\/$/, ''),
    user: data.PARCOURS_CLICKHOUSE_USER ?? (decodeURIComponent(username) || 'default'),
    password: data.PARCOURS_CLICKHOUSE_PASSWORD ?? decodeURIComponent(password),
    database: data.PARCOURS_CLICKHOUSE_DATABASE,
    cluster: data.PARCOURS_CLICKHOUSE_CLUSTER,
    caFile: caFile === undefined ? undefined : resolve(caFile),
  }
}

/** Settings of the connection are ours: a query would be passed over in silence. */
function clickHouseUrl(text: string): URL | undefined {
  const url = URL.parse(text)
  const isAddress = url !== null && /^https?:$/.test(url.protocol) && url.search + url.hash === ''
  return isAddress ? url : undefined
}

function hasReadableUser(text: string): boolean {
  const url = clickHouseUrl(text)
  try {
    decodeURIComponent(`${url?.username}${url?.password}`)
    return true
  } catch {
    return false
  }
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

function withoutEmpty(
  values: Record<string, string | undefined>,
): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''))
}

function definedOf(
  overrides: Partial<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined))
}

const SECRETIVE = new Set([
  'PARCOURS_WRITE_KEY',
  'PARCOURS_READ_TOKEN',
  // An address may hold a password, even one that is no address.
  'PARCOURS_WAREHOUSE',
  ...KAFKA_SECRETS,
])

function problemOf(name: string, message: string, given: Record<string, unknown>): string {
  // A secret in a message would end in a log.
  const secretive = SECRETIVE.has(name)
  const shown = secretive ? '' : ` "${String(given[name])}"`
  const hint =
    name === 'PARCOURS_PORT' && String(given[name]).startsWith('tcp://')
      ? ' Kubernetes sets this for a service named "parcours": give the pod enableServiceLinks: false.'
      : ''
  return `${name}${shown} ${message}.${hint}`
}

/** A mistyped name would be passed over in silence; a variable that some platform injects must not stop us. */
function unknownVariables(given: Record<string, unknown>): string[] {
  return Object.keys(given)
    .filter((name) => name.startsWith('PARCOURS_') && !NAMES.includes(name))
    .filter((name) => !/^PARCOURS_(CLICKHOUSE_)?(TEST|SERVICE|PORT)(_|$)/.test(name))
    .map((name) => `${name} is no setting and is ignored; docs/configuration.md lists them.`)
}
