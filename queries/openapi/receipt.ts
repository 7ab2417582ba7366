import { z } from 'zod'
import type { Receipt } from '../receipt.ts'

const count = z.int().min(0)

export const receiptSchema = z
  .object({
    site: z.string(),
    model: z.object({ name: z.string(), version: z.int() }),
    generation: z.int().min(1).meta({ description: 'Of the rows that were read.' }),
    timeZone: z.string().meta({ description: 'IANA name; days are of this zone.' }),
    currency: z.string(),
    rowsRead: count.meta({ description: 'By ClickHouse, for this answer.' }),
    elapsedMs: count,
    newestTouchpointAt: z.iso.datetime().nullable().meta({
      description: 'When the newest touchpoint counted happened; null before the first.',
    }),
    duplicatesDropped: count.meta({ description: 'Copies of touchpoints, so far.' }),
    correctionsApplied: count.meta({ description: 'What something late has changed, so far.' }),
    machinesLeftOut: count.meta({
      description: 'Devices and customers so busy that they are no people.',
    }),
  })
  .meta({
    description: 'How an answer came about, and what it leaves out.',
  }) satisfies z.ZodType<Receipt>
