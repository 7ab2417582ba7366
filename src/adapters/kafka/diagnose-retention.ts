import kafkajs from 'kafkajs'
import { connector } from './connections.ts'
import type { Diagnosed } from './diagnosis.ts'
import type { Finding } from './finding.ts'

const NAME = 'kafka positions'
const SETTING = 'offsets.retention.minutes'
// Kafka's own default. A system that rests over a long holiday must be found as it was left.
const MINUTES_MIN = 7 * 24 * 60

/** How long brokers remember how far a step that does not run has read. */
export async function retentionFinding({ connection, logger }: Diagnosed): Promise<Finding> {
  const admin = connector(connection, logger).kafka.admin()
  try {
    await admin.connect()
    const { brokers } = await admin.describeCluster()
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: brokers.map(({ nodeId }) => ({
        type: kafkajs.ConfigResourceTypes.BROKER,
        name: String(nodeId),
        configNames: [SETTING],
      })),
    })
    const minutes = Math.min(
      ...resources.flatMap(({ configEntries }) =>
        configEntries.map(({ configValue }) => Number(configValue)),
      ),
    )
    if (minutes >= MINUTES_MIN) {
      return { name: NAME, status: 'ok', message: `Positions are kept for ${minutes} minutes.` }
    }
    return {
      name: NAME,
      status: 'warn',
      message: `Positions of steps that do not run are forgotten after ${minutes} minutes (${SETTING}): how far they are behind is not known then, and others wait for room.`,
      remedy: `Set ${SETTING}=${MINUTES_MIN} or more on the brokers.`,
    }
  } catch {
    // Only a word to the wise: everything works without the right to look at brokers.
    const message = `This user may not look at ${SETTING} of the brokers; it should be ${MINUTES_MIN} or more.`
    return { name: NAME, status: 'ok', message }
  } finally {
    await admin.disconnect().catch(() => undefined)
  }
}
