import type { Site } from './site.ts'
import type { StageModel } from './stage-model.ts'

// Raise it whenever the same touchpoints and settings would give other rows.
export const ROWS_CODE_VERSION = 2

/** All that decides rows beside touchpoints. A change of any of it is a new generation. */
export type GenerationSettings = {
  model: StageModel
  timeZone: string
  currency: string
  rates: Record<string, string>
  rowsCode: number
}

export type Generation = { number: number; site: string; settings: GenerationSettings }

export function settingsOf({ model, timeZone, currency, rates }: Site): GenerationSettings {
  return { model, timeZone, currency, rates, rowsCode: ROWS_CODE_VERSION }
}
