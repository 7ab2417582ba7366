import { z } from 'zod'
import type { VerifyEvent } from '../../../processors/verify.ts'
import type { Check } from '../checks.ts'
import type { Health } from '../health.ts'
import type { RebuildState } from '../rebuild-state.ts'

const count = z.int().min(0)
const generation = z.int().min(1)

const healthSchema = z
  .object({
    status: z.enum(['ok', 'degraded', 'failing']).meta({
      description:
        '`degraded`: figures are late or old, or the warehouse has too much to do. `failing`: something stands still, or it was told to stop.',
    }),
    version: z.string(),
    site: z.string(),
    generation: z.object({
      active: generation.nullable().meta({
        description: 'The one that readers see; null where a collector could not ask yet.',
      }),
      building: generation.nullable().meta({ description: 'The one that a rebuild writes.' }),
    }),
    warehouse: z
      .object({ status: z.enum(['ok', 'busy', 'failing']), message: z.string() })
      .nullable()
      .meta({ description: 'Null where the process never asks it.' }),
    spool: z
      .object({
        records: count,
        bytes: count,
        bytesMax: count,
        since: z.iso.datetime().nullable().meta({
          description: 'Since when what is accepted waits on disk; null while the log takes it.',
        }),
        reason: z.string().nullable().meta({ description: 'Why the log takes nothing.' }),
      })
      .nullable()
      .meta({ description: 'What waits to be forwarded to Kafka. Null where there is no spool.' }),
    lagRecords: z.record(z.string(), count).meta({
      description:
        'By step: the records that it has not read yet. Empty while the log does not answer.',
    }),
    problems: z.array(z.string()),
    retrying: z
      .array(z.string())
      .meta({ description: 'Steps that fail now and try again, and a log that does not answer.' }),
  })
  .meta({ description: 'How the process is.' }) satisfies z.ZodType<Health>

const checkSchema = z
  .object({
    name: z.string(),
    status: z.enum(['ok', 'warn', 'fail']),
    message: z.string(),
    remedy: z.string().exactOptional().meta({ description: 'What to do, where something is.' }),
  })
  .meta({ description: 'One line of `parcours doctor`.' }) satisfies z.ZodType<Check>

const rebuildStateSchema = z
  .object({
    active: generation.meta({ description: 'The generation that readers see.' }),
    pendingChanges: z.array(z.string()).meta({
      description: 'What the site file says otherwise than the figures.',
    }),
    needsRebuild: z.boolean().meta({
      description:
        'The warehouse lost rows, or has rows that the log lost: only a rebuild mends it.',
    }),
    running: z
      .object({
        generation,
        startedAt: z.iso.datetime(),
        isDeep: z.boolean().meta({ description: 'All is worked out again from the touchpoints.' }),
        peopleDone: count.meta({ description: 'An estimate.' }),
        peopleTotal: count,
        problems: z
          .array(z.string())
          .meta({ description: 'What keeps it from going on; empty while all is well.' }),
      })
      .exactOptional(),
  })
  .meta({ description: 'The rebuild under way, if any.' }) satisfies z.ZodType<RebuildState>

const checkedTable = z.enum(['milestones', 'steps', 'journeys', 'touchpoints'])

const tableCountSchema = z.object({
  table: checkedTable,
  rows: count.meta({ description: 'Rows that state derives.' }),
  differences: count.meta({ description: 'Rows that one side has more often than the other.' }),
})

const discrepancySchema = z.object({
  table: checkedTable,
  owner: z
    .object({ kind: z.enum(['customer', 'device']), id: z.string() })
    .nullable()
    .meta({
      description:
        'Whose row it is, as `GET /api/people/{id}` takes it; null where state never heard of them.',
    }),
  person: z.string().meta({
    description: "The person's number in the rows; of `touchpoints` the key's.",
  }),
  row: z.string(),
  expected: z.int().meta({ description: 'How often state derives the row.' }),
  found: z.int().meta({ description: 'How often the warehouse sums to it.' }),
})

const verifyEventSchema = z
  .discriminatedUnion('type', [
    z.object({
      type: z.literal('progress'),
      peopleChecked: count,
      slicesChecked: count,
      slicesTotal: count,
    }),
    z.object({
      type: z.literal('result'),
      people: count,
      rows: count,
      tables: z.array(tableCountSchema).meta({ description: 'All that was compared, by table.' }),
      differences: z.array(discrepancySchema).meta({ description: 'None: all rows are right.' }),
      differencesOmitted: count.meta({ description: 'Found too, but not listed.' }),
      moving: count.meta({
        description: 'People and senders that changed at every look: nothing can be said of them.',
      }),
    }),
  ])
  .meta({
    description: 'One line of `POST /api/verify`; the last is the result.',
  }) satisfies z.ZodType<VerifyEvent>

export const ADMIN_SCHEMAS = {
  Health: healthSchema,
  Check: checkSchema,
  Doctor: z.object({ checks: z.array(checkSchema) }),
  RebuildState: rebuildStateSchema,
  RebuildBegun: z.object({
    generation: generation.meta({ description: 'The one that is being written.' }),
  }),
  VerifyEvent: verifyEventSchema,
}
