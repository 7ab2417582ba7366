import { compareBytes } from './byte-order.ts'

/** The order of a person's touchpoints: by when they happened, then by id. */
export function compareInTime(
  a: { occurredAt: number; id: string },
  b: { occurredAt: number; id: string },
): number {
  // Equal times keep id order: batched senders share one clock.
  return a.occurredAt - b.occurredAt || compareBytes(a.id, b.id)
}
