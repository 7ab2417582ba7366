import type { GenerationSettings } from '../src/domain/generation.ts'
import type { JourneyTouchpoint } from './person-steps.ts'

/** One journey of a person's page. */
export type Journey = {
  journey: string
  startedAt: string
  lastStepAt: string
  /** the person had placed an order in an earlier journey */
  returning: boolean
  /** of its first touchpoint; a dimension without a value is left out */
  entry: Record<string, string | string[]>
  /** stages entered, in the order of the model */
  stages: {
    stage: string
    label: { en: string; fr: string }
    enteredAt: string
    implied: boolean
  }[]
  /** the furthest required stage */
  furthest: string
  orders: number
  /** decimal, in `currency` */
  value: string
  currency: string
  /** orders left out of `value`, their currency having no rate */
  ordersNotConverted: number
  frictions: number
  steps: number
  /** steps that are not in `touchpoints` */
  stepsOmitted: number
  touchpoints: JourneyTouchpoint[]
}

/** A row of person-journeys.sql. */
export type JourneyRow = {
  journey: string
  started_ms: string
  last_step_ms: string
  furthest: number
  entered_ms: string[]
  entered_implied: number[]
  steps: number
  steps_omitted: number
  frictions: number
  orders: number
  value_text: string
  unconverted: number
  returning: number
  experiments: string[]
} & Record<(typeof ENTRY_TEXTS)[number], string>

const ENTRY_TEXTS = [
  'channel',
  'device',
  'source',
  'medium',
  'campaign',
  'country',
  'landing',
  'segment',
] as const

export function journeyOf(
  row: JourneyRow,
  touchpoints: JourneyTouchpoint[],
  { model, currency }: GenerationSettings,
): Journey {
  const startMs = Number(row.started_ms)
  const texts = ENTRY_TEXTS.map((name) => [name, row[name]] as const)
  const entered = row.entered_ms.map(Number)
  return {
    journey: row.journey,
    startedAt: new Date(startMs).toISOString(),
    lastStepAt: new Date(Number(row.last_step_ms)).toISOString(),
    returning: row.returning === 1,
    entry: {
      ...Object.fromEntries(texts.filter(([, text]) => text !== '' && text !== 'unknown')),
      ...(row.experiments.length > 0 && { experiments: row.experiments }),
    },
    stages: model.stages.flatMap(({ id, label }, index) => {
      const sinceStartMs = entered[index] ?? -1
      if (sinceStartMs < 0) return []
      const enteredAt = new Date(startMs + sinceStartMs).toISOString()
      return [{ stage: id, label, enteredAt, implied: row.entered_implied[index] === 1 }]
    }),
    furthest: model.stages[row.furthest - 1]!.id,
    orders: row.orders,
    value: row.value_text,
    currency,
    ordersNotConverted: row.unconverted,
    frictions: row.frictions,
    steps: row.steps,
    stepsOmitted: row.steps - touchpoints.length,
    touchpoints,
  }
}
