import { logLevel, type KafkaConfig } from 'kafkajs'

/** Where kafkajs's lines go: pino, or anything with its levels. */
export type KafkaLogger = Record<
  'debug' | 'info' | 'warn' | 'error',
  (details: object, message: string) => void
>

/**
 * What kafkajs calls an error is, for the most part, one attempt of several: whoever asked reports
 * it when the last one failed. So its lines are details; what it warns of, and nobody else reports,
 * stays a warning.
 */
export function kafkaLogCreator(logger: KafkaLogger): NonNullable<KafkaConfig['logCreator']> {
  return () =>
    ({ namespace, level, log: { message, broker, error, retryCount } }) => {
      const isWarning = level === logLevel.WARN && !EXPECTED.test(message)
      const line = { kafkajs: namespace, broker, error, retryCount }
      logger[isWarning ? 'warn' : 'debug'](line, message)
    }
}

// An answer that came after its time-out: the time-out was reported. And a group shares its lanes
// anew whenever a process comes or goes; what fails there is reported by the membership.
const EXPECTED = /^(Response without match|The group is rebalancing)/
