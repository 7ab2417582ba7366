import type { Bounds } from './bounds.ts'
import { dayNumber, rememberedDayText } from './days.ts'
import { hash64 } from './digest.ts'
import type { FoldSettings } from './person-fold.ts'
import type { Generation } from './generation.ts'
import { remembering } from './remembering.ts'
import { ruleBookOf } from './rule-book.ts'

// Open dimensions repeat a lot.
const HASHES_REMEMBERED_MAX = 50_000

/** What turns one generation's journeys into rows: made once, used for every person. */
export type RowContext = {
  generation: Generation
  fold: FoldSettings
  stagesCount: number
  /** local day number of an instant */
  day: (ms: number) => number
  dayText: (day: number) => string
  hash: (text: string | undefined) => string
}

export function rowContextOf(
  generation: Generation,
  bounds: Pick<Bounds, 'journeyStepRowsMax'>,
): RowContext {
  const { model, timeZone, currency, rates } = generation.settings
  const hash = remembering(hash64, HASHES_REMEMBERED_MAX)
  return {
    generation,
    fold: {
      book: ruleBookOf(model),
      currency,
      rates,
      journeyStepRowsMax: bounds.journeyStepRowsMax,
    },
    stagesCount: model.stages.length,
    day: (ms) => dayNumber(ms, timeZone),
    dayText: rememberedDayText,
    hash: (text) => (text === undefined ? '0' : hash(text)),
  }
}
