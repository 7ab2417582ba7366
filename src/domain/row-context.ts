import type { Bounds } from './bounds.ts'
import { dayNumber, dayText } from './days.ts'
import { hash64 } from './digest.ts'
import type { FoldSettings } from './person-fold.ts'
import type { Generation } from './generation.ts'
import { ruleBookOf } from './rule-book.ts'

// Open dimensions repeat a lot; past this many texts the memory is emptied and fills again.
const REMEMBERED_HASHES_MAX = 50_000

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
  const hashes = new Map<string, string>()
  const dayTexts = new Map<number, string>()
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
    dayText: (day) => remember(dayTexts, day, dayText),
    hash: (text) => (text === undefined ? '0' : remember(hashes, text, hash64)),
  }
}

function remember<K, V>(memory: Map<K, V>, key: K, make: (key: K) => V): V {
  const known = memory.get(key)
  if (known !== undefined) return known
  if (memory.size >= REMEMBERED_HASHES_MAX) memory.clear()
  const made = make(key)
  memory.set(key, made)
  return made
}
