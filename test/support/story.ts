import { type Copy } from '../../src/domain/copies.ts'
import type { GenerationSettings } from '../../src/domain/generation.ts'
import type { Journey } from '../../src/domain/journey.ts'
import type { Kept } from '../../src/domain/kept.ts'
import { ecommerce } from '../../src/domain/models/ecommerce.ts'
import { journeysOf, type PersonJourneys } from '../../src/domain/person-rows.ts'
import { rowContextOf } from '../../src/domain/row-context.ts'
import { parseStageModel, type StageModelInput } from '../../src/domain/stage-model.ts'
import { ACTIONS, type TouchpointType } from '../../src/domain/vocabulary.ts'

export const DAY_MS = 86_400_000
export const START_MS = Date.parse('2026-01-10T12:00:00Z')

export type Event = Partial<Omit<Kept, 'occurredAt'>> & {
  type: TouchpointType
  /** since START_MS */
  day?: number
}

/** Journeys of one customer, told in few words: type, day, and what matters about it. */
export function journeysOfStory(
  events: readonly Event[],
  {
    model = ecommerce,
    ...rest
  }: { model?: StageModelInput } & Partial<Omit<GenerationSettings, 'model'>> = {},
): PersonJourneys {
  const settings = {
    timeZone: 'UTC',
    currency: 'EUR',
    rates: {},
    rowsCode: 1,
    ...rest,
    model: parseStageModel(model),
  }
  const context = rowContextOf({ number: 1, site: 'shop', settings }, { journeyStepRowsMax: 500 })
  return journeysOf(
    events.map((event, index) => [copyOf(event, index)]),
    context,
  )
}

/** The stages that a journey entered, by id, in order; an implied one in brackets. */
export function enteredBy(
  journey: Journey | undefined,
  model: StageModelInput = ecommerce,
): string[] {
  return (journey?.entries ?? []).map(({ stage, implied }) => {
    const { id } = model.stages[stage - 1]!
    return implied ? `(${id})` : id
  })
}

function copyOf({ day = 0, ...event }: Event, index: number): Copy {
  const kept: Kept = {
    id: `t${String(index).padStart(3, '0')}`,
    action: ACTIONS[event.type][0] ?? 'custom',
    occurredAt: START_MS + day * DAY_MS,
    receivedAt: START_MS + day * DAY_MS,
    named: true,
    digest: String(index),
    channel: 'web',
    ...event,
  }
  return { key: 'c:ada', kept }
}
