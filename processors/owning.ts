import { LogError } from '../src/ports/event-log.ts'

/** False when there was nothing to do. */
export type Turn = () => Promise<boolean>

/**
 * Turns of a lane that may be taken from us: it is taken over before the first one, and again after
 * somebody else took it, if it is still ours then. What was known of it before is forgotten each
 * time: somebody else has worked on it.
 * @param take takes it over; @returns its turns from then on
 */
export function owning({
  take,
  holds,
  onLost,
}: {
  take: () => Promise<Turn>
  holds: () => Promise<boolean>
  onLost: () => void
}): Turn {
  let turn: Turn | undefined
  let isFenced = false
  return async () => {
    if (turn === undefined) {
      // Taking it back from its rightful owner would only go back and forth.
      if (isFenced && !(await holds())) return false
      turn = await take()
      isFenced = false
      return true
    }
    try {
      return await turn()
    } catch (error) {
      isFenced = error instanceof LogError && error.code === 'fenced'
      if (isFenced) {
        turn = undefined
        onLost()
      }
      throw error
    }
  }
}
