import type { StateReader } from '../src/ports/processing.ts'

/**
 * The state of a key that has no head: all its records were written together with one. Every third
 * touchpoint is of a new device, and each look-up spared is two microseconds.
 */
export const EMPTY_STATE: StateReader = {
  get: () => undefined,
  range: () => [],
}
