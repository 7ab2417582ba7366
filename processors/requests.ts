import { randomUUID } from 'node:crypto'
import type { GenerationSettings } from '../src/domain/generation.ts'
import type { Processing } from '../src/ports/processing.ts'

/** Somebody wants all rows written anew; the coordinator does it, wherever it is. */
export type RebuildRequest = {
  id: string
  isDeep: boolean
  settings: GenerationSettings
}

export const REQUESTS_STEP = 'requests'
const KEY = 'rebuild'

/** Durable when it resolves. */
export async function askForRebuild(
  processing: Processing,
  what: Omit<RebuildRequest, 'id'>,
): Promise<void> {
  const value = new TextEncoder().encode(JSON.stringify({ id: randomUUID(), ...what }))
  await processing.takeOver(REQUESTS_STEP, 0)
  try {
    await processing.commit({
      step: REQUESTS_STEP,
      partition: 0,
      positions: [],
      outputs: [],
      state: [{ key: KEY, value }],
    })
    await processing.flush()
  } finally {
    await processing.release(REQUESTS_STEP, 0)
  }
}

/** The latest request, where it is another than the one that was met last. */
export async function newRequest(
  processing: Processing,
  lastRequest: string | undefined,
): Promise<RebuildRequest | undefined> {
  await processing.refresh(REQUESTS_STEP, 0)
  const bytes = processing.state(REQUESTS_STEP, 0).get(KEY)
  if (!bytes) return undefined
  const request = JSON.parse(new TextDecoder().decode(bytes)) as RebuildRequest
  return request.id === lastRequest ? undefined : request
}
