import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createCommittedOffsets } from '../../../src/adapters/kafka/committed.ts'
import { connector } from '../../../src/adapters/kafka/connections.ts'
import { partsOf } from '../../../src/adapters/kafka/event-log.ts'
import { createOffsets } from '../../../src/adapters/kafka/offsets.ts'
import { createPageReader } from '../../../src/adapters/kafka/page-reader.ts'
import { prepareTopics } from '../../../src/adapters/kafka/prepare-topics.ts'
import { createProcessing } from '../../../src/adapters/kafka/processing.ts'
import { openStateCache } from '../../../src/adapters/kafka/state-cache.ts'
import { partitionsOf, topicSpecs } from '../../../src/adapters/kafka/topics.ts'
import { record } from '../../contracts/log-reading.ts'
import { hasKafka, ownPrefix, sharedBrokers } from '../../support/kafka/shared.ts'
import { SILENT } from './open-store.ts'

const LANE = { step: 'journey', partition: 0 }
const INPUT = { topic: 'attributed', partition: 0 } as const
// Whoever looks after a commit looks whose the lane is before and after.
const LOOKS = 2

it.skipIf(!hasKafka())(
  'a commit that was not seen is looked after before the next, also where there is none',
  { timeout: 300_000 },
  async () => {
    const { processing, blind, looks } = await start()
    await processing.takeOver(LANE)
    let next = 0
    const commit = async () => {
      await processing.commit({
        ...LANE,
        positions: [{ ...INPUT, next: next + 1 }],
        outputs: [{ topic: 'rows', records: [record('one', 'row')] }],
        state: [],
      })
      next += 1
    }
    await commit()
    await blind(commit)
    await expect(commit()).rejects.toMatchObject({ code: 'unavailable', retryable: true })
    await commit()

    await blind(commit)
    const before = looks()
    await expect.poll(looks).toBeGreaterThanOrEqual(before + LOOKS)
    await processing.flush()
    await commit()
    expect(await processing.position('journey', INPUT)).toBe(5)
  },
)

/** Of one lane. While it is blind nobody can tell how far a partition can be read. */
async function start() {
  const kafka = connector({ brokers: await sharedBrokers() }, SILENT)
  const prefix = ownPrefix()
  const [partitions, lanes] = [partitionsOf(1), { journey: 1 }]
  const specs = topicSpecs({ prefix, partitions, lanes })
  await prepareTopics(kafka, specs, {
    replicas: undefined,
    mayCreate: true,
    onWarning: () => undefined,
  })
  const topics = specs.map(({ name }) => name)
  const connections = await kafka.open(topics)
  const directory = await mkdtemp(join(tmpdir(), 'parcours-cache-'))
  const cache = await openStateCache({ directory, now: Date.now })
  const offsets = createOffsets(connections)
  let isBlind = false
  let looks = 0
  const processing = createProcessing({
    prefix,
    partitions,
    lanes,
    committed: createCommittedOffsets(connections),
    optionsOf: (lane) => ({
      lane,
      topic: { topic: `${prefix}journey-state`, partition: 0 },
      logId: 'one',
      cache,
      reader: createPageReader(connections, offsets),
      offsets: {
        ...offsets,
        bounds(...asked) {
          looks += 1
          return offsets.bounds(...asked)
        },
        ends: (refs) => (isBlind ? Promise.reject(new Error('blind')) : offsets.ends(refs)),
      },
      now: Date.now,
      tombstonesKeptMs: 1_000_000,
      connect: () => kafka.open(topics),
      partsOf: (outputs) => partsOf(outputs, { prefix, partitions, now: Date.now }),
      onVisible: () => undefined,
    }),
  })
  onTestFinished(async () => {
    await processing.close()
    await connections.close()
    await cache.close()
    await rm(directory, { recursive: true })
  })
  return {
    processing,
    looks: () => looks,
    blind: async (work: () => Promise<void>) => {
      isBlind = true
      await work()
      isBlind = false
    },
  }
}
