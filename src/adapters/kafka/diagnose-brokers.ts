import type { Diagnosed } from './diagnosis.ts'
import { isNamed, isOfCertificate } from './failure.ts'
import type { Finding } from './finding.ts'
import type { KafkaMetadata } from './kafkajs-internals.ts'
import { visit } from './visit.ts'

const NAME = 'kafka'
const LISTENERS = 'kafka listeners'

type Visit = { address: string; said: KafkaMetadata | undefined; error: unknown }

/** Whether the brokers that are named answer, and those that they name, at the addresses they give. */
export async function brokerFindings(subject: Diagnosed): Promise<Finding[]> {
  const named = await visitAll(subject, subject.connection.brokers)
  const lost = named.filter(({ said }) => said === undefined)
  if (lost.length === named.length) return lost.map((one) => lostFinding(one, subject, 'fail'))
  const advertised = new Map(
    named.flatMap(({ said }) =>
      (said?.brokers ?? []).map(({ nodeId, host, port }) => [nodeId, `${host}:${port}`] as const),
    ),
  )
  const known = new Map(named.map((one) => [one.address, one]))
  const others = [...advertised.values()].filter((address) => !known.has(address))
  for (const one of await visitAll(subject, others)) known.set(one.address, one)
  const hidden = [...advertised].filter(([, address]) => known.get(address)?.said === undefined)
  return [
    { name: NAME, status: 'ok', message: `${advertised.size} brokers know of one another.` },
    ...lost.map((one) => lostFinding(one, subject, 'warn')),
    ...hidden.map(([nodeId, address]) => hiddenFinding(nodeId, known.get(address)!, named)),
  ]
}

function visitAll(subject: Diagnosed, addresses: readonly string[]): Promise<Visit[]> {
  return Promise.all(
    addresses.map(async (address): Promise<Visit> => {
      try {
        return {
          address,
          said: await visit(subject, address, (broker) => broker.metadata([])),
          error: undefined,
        }
      } catch (error) {
        return { address, said: undefined, error }
      }
    }),
  )
}

function lostFinding(
  { address, error }: Visit,
  { connection }: Diagnosed,
  status: 'warn' | 'fail',
): Finding {
  return { name: NAME, status, ...reasonOf(error, { address, connection }) }
}

function hiddenFinding(
  nodeId: number,
  { address, error }: Visit,
  named: readonly Visit[],
): Finding {
  const by = named.flatMap((one) => (one.said === undefined ? [] : [one.address])).join(', ')
  return {
    name: LISTENERS,
    status: 'fail',
    message: `${by} answers, and says that broker ${nodeId} is at ${address}, which does not answer from here: ${textOf(error)}.`,
    remedy: `Set advertised.listeners of broker ${nodeId} to an address that this machine reaches, or start that broker.`,
  }
}

/** What kafkajs could not do, and what is to be done about it. */
function reasonOf(
  error: unknown,
  { address, connection }: { address: string; connection: Diagnosed['connection'] },
): Pick<Finding, 'message' | 'remedy'> {
  const reason = textOf(error)
  if (isNamed(error, 'KafkaJSSASLAuthenticationError')) {
    return {
      message: `${address} refuses the user: ${reason}.`,
      remedy:
        'Set PARCOURS_KAFKA_SASL, PARCOURS_KAFKA_SASL_USERNAME and PARCOURS_KAFKA_SASL_PASSWORD to what the broker knows.',
    }
  }
  if (isOfCertificate(reason)) {
    return {
      message: `The certificate of ${address} is not trusted: ${reason}.`,
      remedy: 'PARCOURS_KAFKA_TLS_CA names the file of the authority that signed it.',
    }
  }
  if (/wrong version number|packet length|EPROTO|before secure TLS/i.test(reason)) {
    return {
      message: `${address} does not seem to speak TLS: ${reason}.`,
      remedy: 'Set PARCOURS_KAFKA_TLS=off, or name the port that does.',
    }
  }
  // What a listener without login answers to one.
  if (/current SASL state/i.test(reason)) {
    return {
      message: `${address} asks nobody who is there, and PARCOURS_KAFKA_SASL is set: ${reason}.`,
      remedy: 'Leave PARCOURS_KAFKA_SASL away, or name the port that asks for a user.',
    }
  }
  if (isRefused(reason)) {
    return {
      message: `Nothing answers at ${address}: ${reason}.`,
      remedy: 'Start the broker, or name another with PARCOURS_KAFKA_BROKERS.',
    }
  }
  const more =
    connection.tls === undefined
      ? 'or that the port wants TLS, then PARCOURS_KAFKA_TLS=on.'
      : 'or that the port wants a user, then PARCOURS_KAFKA_SASL.'
  return {
    message: `${address} lets connect and does not answer: ${reason}.`,
    remedy: `It may be that it is starting or standing still, that no broker is there, ${more}`,
  }
}

function isRefused(reason: string): boolean {
  return /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|Connection timeout/i.test(
    reason,
  )
}

export function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.replace(/\.$/, '')
}
