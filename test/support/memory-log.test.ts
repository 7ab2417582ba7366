import { eventLogContract } from '../contracts/event-log.ts'
import { memoryLog } from './memory-log.ts'

eventLogContract(
  'The twin in memory',
  async () => {
    const log = memoryLog({
      partitions: { touchpoints: 4, 'dead-letters': 1, attributed: 4, rows: 1 },
    })
    return { log, reopen: async () => log, close: async () => undefined }
  },
  { isInMemory: true },
)
