import { randomUUID } from 'node:crypto'
import { type GenerationSettings, ROWS_CODE_VERSION } from '../src/domain/generation.ts'
import type { LaneRef, Processing } from '../src/ports/processing.ts'
import { AheadError } from './ahead-error.ts'
import { formsOf } from './code-mark.ts'

/** Somebody wants all rows written anew; the coordinator does it, wherever it is. */
export type RebuildRequest = {
  id: string
  isDeep: boolean
  settings: GenerationSettings
}

export const REQUESTS: LaneRef = { step: 'requests', partition: 0 }
const KEY = 'rebuild'

/** Durable when it resolves. */
export async function askForRebuild(
  processing: Processing,
  what: Omit<RebuildRequest, 'id'>,
): Promise<void> {
  const value = new TextEncoder().encode(JSON.stringify({ id: randomUUID(), ...what }))
  await processing.takeOver(REQUESTS)
  try {
    await processing.commit({
      ...REQUESTS,
      positions: [],
      outputs: [],
      state: [{ key: KEY, value }],
    })
    await processing.flush()
  } finally {
    await processing.release(REQUESTS)
  }
}

/** The latest request, where it is another than the one that was met last. */
export async function newRequest(
  processing: Processing,
  lastRequest: string | undefined,
): Promise<RebuildRequest | undefined> {
  await processing.refresh(REQUESTS)
  const bytes = processing.state(REQUESTS.step, REQUESTS.partition).get(KEY)
  if (!bytes) return undefined
  const request = JSON.parse(new TextDecoder().decode(bytes)) as RebuildRequest
  return request.id === lastRequest ? undefined : request
}

/**
 * What is asked for, in the form of rows that this version writes, as all will that are of it.
 * @throws AheadError where a newer version asks: it is left to that one, and figures go on meanwhile
 */
export function inOurForm(request: RebuildRequest): RebuildRequest {
  const { rowsCode } = request.settings
  if (rowsCode > ROWS_CODE_VERSION) {
    throw new AheadError(
      `A newer version of Parcours asks for a rebuild: ${formsOf(rowsCode)} It begins once that version is started here.`,
    )
  }
  return { ...request, settings: { ...request.settings, rowsCode: ROWS_CODE_VERSION } }
}
