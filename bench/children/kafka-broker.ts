import { startBroker } from '../../test/support/kafka/broker.ts'

/** A broker as the tests start theirs: one machine, few threads, little memory. */
export async function open({ directory }: { directory: string }) {
  const broker = await startBroker({ parent: directory })
  return {
    address: () => broker.address,
    close: () => broker.close(),
  }
}
