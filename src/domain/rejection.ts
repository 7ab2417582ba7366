/** Why a touchpoint was refused. Senders and dead letters read these; none is ever renamed. */
export const REJECTION_CODES = [
  'not-an-object',
  'too-large',
  'too-deep',
  'too-many-keys',
  'not-text',
  'not-a-number',
  'number-not-exact',
  'text-too-long',
  'id-too-long',
  'missing-type',
  'unknown-type',
  'missing-action',
  'unknown-action',
  'missing-person',
  'unknown-channel',
  'unknown-page-kind',
  'time-unreadable',
  'time-in-seconds',
  'time-before-1990',
  'time-in-future',
  'time-beyond-horizon',
  'money-unreadable',
  'money-negative',
  'money-too-large',
  'currency-unreadable',
  'quantity-out-of-range',
  'rating-out-of-range',
  'score-out-of-range',
  'too-many-experiments',
] as const
export type RejectionCode = (typeof REJECTION_CODES)[number]

export type Rejection = {
  code: RejectionCode
  /** where in the touchpoint, as `products.0.price`; empty for the whole of it */
  path: string
  /** one sentence for the sender: what is wrong, and what to send instead */
  message: string
}
