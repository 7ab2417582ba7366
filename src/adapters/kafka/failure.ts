import { LogError } from '../../ports/event-log.ts'

/** The numbers of the protocol that decide what happens next. */
export const CODES = {
  offsetOutOfRange: 1,
  corruptMessage: 2,
  unknownTopic: 3,
  noLeader: 5,
  messageTooLarge: 10,
  recordListTooLarge: 18,
  invalidTimestamp: 32,
  outOfOrderSequence: 45,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
  invalidProducerIdMapping: 49,
  concurrentTransactions: 51,
  unknownProducerId: 59,
  invalidRecord: 87,
  producerFenced: 90,
} as const

const STALE = new Set([3, 5, 6, 9, 56, 74, 75])
const COORDINATOR = new Set([14, 15, 16])
const FORBIDDEN: ReadonlySet<number> = new Set([29, 30, 31, 53])
const HOPELESS = new Set<number>([
  CODES.messageTooLarge,
  CODES.recordListTooLarge,
  CODES.invalidTimestamp,
  CODES.invalidRecord,
])

type KafkaFailure = Error & {
  code?: string | number
  type?: string
  cause?: unknown
  retriable?: boolean
}

/** An answer of the broker that is an error, with its number in the protocol. */
export class KafkaAnswerError extends Error {
  override readonly name = 'KafkaAnswerError'
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** The protocol's number of an error; undefined for what came from no answer. */
export function codeOf(error: unknown): number | undefined {
  for (let one = error as KafkaFailure | undefined; one instanceof Error;) {
    // kafkajs knows no number above 88.
    const unknown = /^Unknown error code (\d+)$/.exec(one.message)?.[1]
    if (unknown !== undefined) return Number(unknown)
    if (typeof one.code === 'number') return one.code
    one = one.cause as KafkaFailure | undefined
  }
  return undefined
}

/** Whether another broker is to be asked from now on. */
export function isStale(error: unknown): boolean {
  const code = codeOf(error)
  return code === undefined ? isConnection(error) : STALE.has(code)
}

export function isCoordinatorGone(error: unknown): boolean {
  const code = codeOf(error)
  return code === undefined ? isConnection(error) : COORDINATOR.has(code)
}

/** Whether the same request can never go through. */
export function isHopeless(error: unknown): boolean {
  const code = codeOf(error)
  return code !== undefined && (HOPELESS.has(code) || isRefusal(error))
}

/** Whether this user may not do it. */
export function isRefusal(error: unknown): boolean {
  const code = codeOf(error)
  return code !== undefined && FORBIDDEN.has(code)
}

export function isFencing(error: unknown): boolean {
  const code = codeOf(error)
  return code === CODES.invalidProducerEpoch || code === CODES.producerFenced
}

/** Whether a broker showed a certificate that nobody here knows, or of another host. */
export function isUntrusted(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) {
    const { code } = one as KafkaFailure
    if (typeof code === 'string' && UNTRUSTED.has(code)) return true
  }
  return false
}

// An expired one is not among them: it is renewed where the broker is.
const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/** What Kafka could not do, as an error that says what to do. A bug passes as it is. */
export function failureOf(
  error: unknown,
  { doing, brokers }: { doing: string; brokers: readonly string[] },
): Error {
  if (error instanceof LogError) return error
  if (!isOfKafka(error)) return error instanceof Error ? error : new Error(String(error))
  const reason = (error as Error).message.replace(/\.$/, '')
  const where = `Kafka at ${brokers.join(', ')}`
  const code = codeOf(error)
  if (isNamed(error, 'KafkaJSSASLAuthenticationError')) {
    return new LogError(
      'denied',
      `${where} refuses the user: ${reason}. PARCOURS_KAFKA_SASL_USERNAME and the password name another.`,
      { cause: error },
    )
  }
  if (isRefusal(error)) {
    return new LogError(
      'denied',
      `${where} does not allow ${doing}: ${reason}. Grant it to the user; docs/kafka.md lists what is needed.`,
      { cause: error },
    )
  }
  if (code !== undefined && HOPELESS.has(code)) {
    return new LogError('unavailable', `${where} does not take it, ${doing}: ${reason}.`, {
      cause: error,
      retryable: false,
    })
  }
  const hint = isConnection(error) ? ` ${connectionHint(reason)}` : ''
  return new LogError('unavailable', `${where} failed ${doing}: ${reason}.${hint}`, {
    cause: error,
  })
}

/** Whether TLS refuses the broker: its certificate is of nobody we know, or of another name. */
export function isOfCertificate(reason: string): boolean {
  return /certificate|self.signed|altname/i.test(reason)
}

function connectionHint(reason: string): string {
  return isOfCertificate(reason)
    ? 'PARCOURS_KAFKA_TLS_CA names the file of the authority that signed its certificate.'
    : 'Is it up? PARCOURS_KAFKA_BROKERS names it.'
}

function isConnection(error: unknown): boolean {
  return isUnready(error) || CONNECTION_ERRORS.some((name) => isNamed(error, name))
}

const CONNECTION_ERRORS = [
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSLockTimeout',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSTopicMetadataNotLoaded',
  'KafkaJSGroupCoordinatorNotFound',
]

export function isNamed(error: unknown, name: string): boolean {
  for (let one = error; one instanceof Error; one = one.cause) {
    if (one.name === name) return true
  }
  return false
}

/**
 * Of a broker whose connection is open and that has not said yet which requests it knows, kafkajs
 * says no more than this.
 */
function isUnready(error: unknown): boolean {
  return error instanceof Error && error.message === 'Broker not connected'
}

/** kafkajs wraps whatever is thrown within it, bugs of ours too. */
function isOfKafka(error: unknown): boolean {
  if (error instanceof KafkaAnswerError || isUnready(error)) return true
  return error instanceof Error && error.name.startsWith('KafkaJS')
}
