import { spawnSync } from 'node:child_process'
import { imageProblem } from '../docker-image.ts'
import { IMAGE } from './image.ts'
import { haveJars } from './jars.ts'

/** Where a real Kafka comes from, in this order; or why there is none. */
export type KafkaChoice =
  | { kind: 'address'; brokers: string[] }
  | { kind: 'container' }
  | { kind: 'jars' }
  | { kind: 'none'; reason: string }

// What is not there says so at once; what is there may be slow to say so, and is asked again by every file.
const PROBE_MS_MAX = 60_000

export function chooseKafka(environment: NodeJS.ProcessEnv = process.env): KafkaChoice {
  const address = environment.PARCOURS_TEST_KAFKA_BROKERS
  if (address !== undefined && address !== '') {
    return { kind: 'address', brokers: address.split(',') }
  }
  return startable()
}

/** A broker that tests may start and stop. */
export function startable(): Exclude<KafkaChoice, { kind: 'address' }> {
  if (imageProblem(IMAGE) === undefined) return { kind: 'container' }
  return fromJars()
}

export function fromJars(): { kind: 'jars' } | { kind: 'none'; reason: string } {
  if (!answers('java', ['-version']))
    return {
      kind: 'none',
      reason: `${imageProblem(IMAGE) ?? 'Docker is passed by'}, and there is no Java`,
    }
  if (!haveJars() && !answers('mvn', ['-v'])) {
    return {
      kind: 'none',
      reason: `${imageProblem(IMAGE) ?? 'Docker is passed by'}, and there is Java without Maven`,
    }
  }
  return { kind: 'jars' }
}

export function describeKafka(choice: KafkaChoice): string {
  if (choice.kind === 'address') return `at ${choice.brokers.join(', ')}`
  if (choice.kind === 'container') return `in a container of ${IMAGE}`
  if (choice.kind === 'jars') return `of Maven's jars (${imageProblem(IMAGE)})`
  return `none, its tests are skipped: ${choice.reason}, and PARCOURS_TEST_KAFKA_BROKERS names none`
}

function answers(command: string, options: string[]): boolean {
  return spawnSync(command, options, { timeout: PROBE_MS_MAX, stdio: 'ignore' }).status === 0
}
