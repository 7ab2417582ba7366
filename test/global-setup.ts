import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import type { TestProject } from 'vitest/node'
import { chooseKafka, describeKafka } from './support/kafka/choice.ts'
import { openDesk } from './support/kafka/shared.ts'
import { chooseServer } from './support/real-clickhouse.ts'

/** Says on one line what the tests run against, and what is left out and why. */
export default async function prepare(project: TestProject): Promise<() => Promise<void>> {
  forgetSettings()
  const { resolve } = createRequire(import.meta.url)
  let engine = 'chDB'
  try {
    resolve('chdb')
  } catch {
    engine = 'none: chdb is not installed (npm ci without --omit=optional installs it)'
  }
  const hasStrace = spawnSync('strace', ['-V']).status === 0
  const traces = hasStrace ? 'traced with strace' : 'not traced: strace is not installed'
  const kafka = chooseKafka()
  const { description } = chooseServer()
  console.log(
    `Real parts: log LMDB, Kafka ${describeKafka(kafka)}, warehouse ${engine}, ClickHouse over HTTP ${description}, HTTP on loopback, fsyncs ${traces}.`,
  )
  const desk = await openDesk(kafka)
  project.provide('kafkaDesk', desk.url)
  return desk.close
}

/**
 * What somebody set for a Parcours of theirs must not decide what tests see; those inherit it from
 * here. Of colours Node warns, on stderr, where both are set.
 */
function forgetSettings(): void {
  for (const name of Object.keys(process.env)) {
    if (/^PARCOURS_(?!TEST_)|^(NO|FORCE)_COLOR$/.test(name)) delete process.env[name]
  }
}
