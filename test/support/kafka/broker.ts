import { startable } from './choice.ts'
import { startContainer } from './container.ts'
import { startJava } from './java-broker.ts'

/** A broker that a test may do anything to. */
export type Broker = {
  /** `host:port`, the same after every start */
  address: string
  stop(): Promise<void>
  /** `SIGKILL`: what it had not written is lost */
  kill(): Promise<void>
  /** Again, with what it holds. */
  start(): Promise<void>
  /** It answers nothing, and its connections stay open. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** For good, with all that it holds. */
  close(): Promise<void>
}

/**
 * A broker of the caller's own; who calls closes it, and it does not outlive the caller's process.
 * @param parent where it keeps its data, unless that is in a container
 */
export async function startBroker({ parent }: { parent?: string } = {}): Promise<Broker> {
  const choice = startable()
  if (choice.kind === 'none') throw new Error(`No Kafka can be started: ${choice.reason}.`)
  if (choice.kind === 'container') {
    try {
      return await startContainer()
    } catch (error) {
      // Where there is Java, that does.
      console.log(`Kafka of Maven's jars after all: no container started (${String(error)}).`)
    }
  }
  return startJava(undefined, { parent })
}
