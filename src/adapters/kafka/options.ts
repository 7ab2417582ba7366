import type { ConnectionOptions } from 'node:tls'
import type { KafkaConfig } from 'kafkajs'

/** How to reach the brokers. */
export type KafkaOptions = {
  /** `host:port` each; one that answers is enough to find the others */
  brokers: readonly string[]
  /** what the brokers' own logs and quotas call us */
  clientId?: string | undefined
  sasl?: KafkaSasl | undefined
  /** TLS; `{}` trusts the authorities that Node trusts */
  tls?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername'> | undefined
}

export type KafkaSasl = {
  mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  username: string
  password: string
}

// A broker in another zone, with TLS, takes some hundred milliseconds to be reached.
const CONNECTION_MS_MAX = 3_000
// A request that was not answered by then is sent again by whoever sent it, or fails.
export const REQUEST_MS_MAX = 10_000
// What fails longer is tried again by whoever asked, which also knows when to stop.
const RETRY = { retries: 3, initialRetryTime: 50, maxRetryTime: 500 }

export function kafkaConfig({ brokers, clientId, sasl, tls }: KafkaOptions) {
  return {
    brokers: [...brokers],
    clientId: clientId ?? 'parcours',
    connectionTimeout: CONNECTION_MS_MAX,
    authenticationTimeout: REQUEST_MS_MAX,
    requestTimeout: REQUEST_MS_MAX,
    enforceRequestTimeout: true,
    retry: RETRY,
    ...(tls === undefined ? {} : { ssl: tls }),
    ...(sasl === undefined ? {} : { sasl: sasl as NonNullable<KafkaConfig['sasl']> }),
  } satisfies KafkaConfig
}
