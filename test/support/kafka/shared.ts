import { createServer, type Server } from 'node:http'
import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { inject } from 'vitest'
import { startBroker, type Broker } from './broker.ts'
import type { KafkaChoice } from './choice.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** where to ask for the brokers that all test files share; empty where there are none */
    kafkaDesk: string
  }
}

/** Answers with the brokers that all test files share, and starts one when first asked. */
export async function openDesk(
  choice: KafkaChoice,
): Promise<{ url: string; close: () => Promise<void> }> {
  if (choice.kind === 'none') return { url: '', close: async () => undefined }
  let broker: Promise<Broker> | undefined
  const server: Server = createServer((_, response) => {
    void (async () => {
      try {
        if (choice.kind === 'address') return response.end(choice.brokers.join(','))
        broker ??= startBroker()
        return response.end((await broker).address)
      } catch (error) {
        return response.writeHead(500).end(String(error))
      }
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A run that nobody asked for Kafka in must not wait for this either.
  server.unref()
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await (await broker?.catch(() => undefined))?.close()
    },
  }
}

export const hasKafka = (): boolean => inject('kafkaDesk') !== ''

/** The brokers that all test files share. */
export async function sharedBrokers(): Promise<string[]> {
  const answer = await fetch(inject('kafkaDesk'))
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return text.split(',')
}

/** A prefix of topics that nobody else has. */
export function ownPrefix(): string {
  return `t-${randomUUID().slice(0, 13)}-`
}
