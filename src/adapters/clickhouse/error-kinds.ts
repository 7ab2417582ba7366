import type { WarehouseErrorCode } from '../../ports/warehouse.ts'

/** What an error is to us, and what to do about it. */
export type Kind = { code: WarehouseErrorCode; retryable?: boolean; advice: string }

const MIGRATE = 'Is the schema of this version there? Run `parcours migrate`.'
const TOO_OLD = 'Its version is too old; `parcours doctor` tells.'
const CREDENTIALS = 'PARCOURS_CLICKHOUSE_USER and PARCOURS_CLICKHOUSE_PASSWORD say who asks.'
const GRANT =
  'Grant it: SELECT, INSERT, CREATE TABLE, DROP TABLE, TRUNCATE and ALTER on the database; ' +
  '`parcours doctor` names what is missing.'
const FORBIDDEN =
  'The profile of this user forbids a setting without which blocks and answers would not be exact: ' +
  'give it one with readonly = 0 and without a constraint on what the message names.'
const LATER = 'It goes on by itself.'
const REPLICAS = 'Too few replicas answer, or Keeper does not: look at both. It goes on by itself.'

const denied = (advice: string): Kind => ({ code: 'denied', advice })
const rejected = (advice: string): Kind => ({ code: 'rejected', advice })
const later = (advice: string): Kind => ({ code: 'unavailable', advice })

/** By ClickHouse's own names of its errors; whatever stands not here is `rejected`. */
export const KINDS: Readonly<Record<string, Kind>> = {
  UNKNOWN_TABLE: rejected(MIGRATE),
  UNKNOWN_IDENTIFIER: rejected(MIGRATE),
  NO_SUCH_COLUMN_IN_TABLE: rejected(MIGRATE),
  // A database that was dropped, or that a server which was set up anew does not have yet.
  UNKNOWN_DATABASE: rejected(`${MIGRATE} PARCOURS_CLICKHOUSE_DATABASE names the database.`),
  UNKNOWN_SETTING: rejected(TOO_OLD),
  UNKNOWN_FUNCTION: rejected(TOO_OLD),

  AUTHENTICATION_FAILED: denied(CREDENTIALS),
  WRONG_PASSWORD: denied(CREDENTIALS),
  REQUIRED_PASSWORD: denied(CREDENTIALS),
  UNKNOWN_USER: denied(CREDENTIALS),
  IP_ADDRESS_NOT_ALLOWED: denied('The server does not let this user in from this address.'),
  ACCESS_DENIED: denied(GRANT),
  READONLY: denied(FORBIDDEN),
  SETTING_CONSTRAINT_VIOLATION: denied(FORBIDDEN),
  QUERY_IS_PROHIBITED: denied(GRANT),

  TIMEOUT_EXCEEDED: { code: 'timeout', advice: 'Ask for a shorter period, or try again.' },
  TOO_SLOW: { code: 'timeout', advice: 'Ask for a shorter period, or try again.' },
  QUERY_WAS_CANCELLED: { code: 'timeout', advice: 'It was stopped; try again.' },
  ABORTED: later(`The server is stopping or starting. ${LATER}`),
  TOO_MANY_PARTS: later('Merges lag; it goes on later.'),
  TOO_MANY_SIMULTANEOUS_QUERIES: later('Try again in a moment.'),
  SERVER_OVERLOADED: later('Try again in a moment.'),
  QUOTA_EXCEEDED: later("The user's quota is used up; it goes on when the next interval begins."),
  MEMORY_LIMIT_EXCEEDED: later('Ask for a shorter period or fewer groups, or give it more memory.'),
  CANNOT_ALLOCATE_MEMORY: later('Give it more memory.'),

  NETWORK_ERROR: later(`Another node does not answer. ${LATER}`),
  SOCKET_TIMEOUT: later(`Another node does not answer. ${LATER}`),
  ALL_CONNECTION_TRIES_FAILED: later(`Another node does not answer. ${LATER}`),
  RECEIVED_ERROR_FROM_REMOTE_IO_SERVER: later(LATER),
  ATTEMPT_TO_READ_AFTER_EOF: later(LATER),
  UNFINISHED: later(LATER),
  TABLE_IS_READ_ONLY: later(REPLICAS),
  KEEPER_EXCEPTION: later(REPLICAS),
  NO_ZOOKEEPER: later(REPLICAS),
  NO_ACTIVE_REPLICAS: later(REPLICAS),
  ALL_REPLICAS_ARE_STALE: later(REPLICAS),
  REPLICA_IS_NOT_IN_QUORUM: later(REPLICAS),
  TOO_FEW_LIVE_REPLICAS: later(REPLICAS),
  UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE: later(REPLICAS),
  // Whether it was taken its token tells when it is repeated.
  UNKNOWN_STATUS_OF_INSERT: later(REPLICAS),
}

const DOWN = 'Is it up, and can it be reached from here? PARCOURS_WAREHOUSE names it.'
const NAME = 'Its name is not known here: is PARCOURS_WAREHOUSE right, and does DNS answer?'
const TRUST =
  'PARCOURS_CLICKHOUSE_CA names a file with the certificate of the authority that signed it.'
const NO_HTTP =
  'What answers there does not speak HTTP, or not with TLS as the address says: ClickHouse listens ' +
  'on 8123 for http and on 8443 for https.'

/** By Node's codes of what went wrong before ClickHouse had a word. */
export const CONNECTION_KINDS: Readonly<Record<string, Kind>> = {
  ECONNREFUSED: later(DOWN),
  EHOSTUNREACH: later(DOWN),
  ENETUNREACH: later(DOWN),
  EHOSTDOWN: later(DOWN),
  ETIMEDOUT: later(DOWN),
  ECONNRESET: later('The connection broke off. Is it up?'),
  EPIPE: later('The connection broke off. Is it up?'),
  ERR_STREAM_PREMATURE_CLOSE: later('The connection broke off. Is it up?'),
  // A compressed answer that was cut off.
  Z_BUF_ERROR: later('The connection broke off. Is it up?'),
  ENOTFOUND: later(NAME),
  EAI_AGAIN: later(NAME),
  EPROTO: denied(NO_HTTP),
  DEPTH_ZERO_SELF_SIGNED_CERT: denied(TRUST),
  SELF_SIGNED_CERT_IN_CHAIN: denied(TRUST),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: denied(TRUST),
  UNABLE_TO_GET_ISSUER_CERT: denied(TRUST),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: denied(TRUST),
  CERT_HAS_EXPIRED: denied('The certificate of the server has expired: renew it there.'),
  CERT_NOT_YET_VALID: denied('The certificate is not valid yet: are the clocks right?'),
  ERR_TLS_CERT_ALTNAME_INVALID: denied(
    'The certificate is for another name: PARCOURS_WAREHOUSE must use the one that it is for.',
  ),
}

/** `HPE_…`, `ERR_SSL_…` and such come in dozens. */
export function connectionKindOf(code: string): Kind | undefined {
  if (/^(HPE_|ERR_SSL_)/.test(code)) return denied(NO_HTTP)
  return CONNECTION_KINDS[code]
}
