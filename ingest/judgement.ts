import { clockShiftMs } from '../src/domain/clock-shift.ts'
import { deadLetterOf } from '../src/domain/dead-letter.ts'
import { keyOf } from '../src/domain/keys.ts'
import { normalise } from '../src/domain/normalise.ts'
import type { Rejection } from '../src/domain/rejection.ts'
import type { Site } from '../src/domain/site.ts'
import type { OutgoingRecord } from '../src/ports/event-log.ts'
import type { Envelope } from './envelope.ts'

export type Judgement = {
  /** for the topic `touchpoints`, in the order sent */
  accepted: OutgoingRecord[]
  /** for the topic `dead-letters`, in the order sent */
  deadLetters: OutgoingRecord[]
  /** what the sender is told of each of them */
  rejected: ({ index: number; id?: string } & Rejection)[]
}

/** What becomes of each touchpoint of a batch. One bad touchpoint never rejects its batch. */
export function judge(
  { touchpoints, sentAtMs }: Pick<Envelope, 'touchpoints' | 'sentAtMs'>,
  {
    site,
    receivedAtMs,
    isWellFormed = false,
  }: { site: Site; receivedAtMs: number; isWellFormed?: boolean },
): Judgement {
  const shiftMs = clockShiftMs({ sentAtMs, receivedAtMs })
  const judgement: Judgement = { accepted: [], deadLetters: [], rejected: [] }
  for (const [index, raw] of touchpoints.entries()) {
    const verdict = normalise(raw, { site, receivedAtMs, shiftMs, isWellFormed })
    if (verdict.kind === 'accepted') {
      const { touchpoint } = verdict
      const key = `${site.site}\u0000${keyOf(touchpoint)}`
      judgement.accepted.push({ key, value: json(touchpoint) })
      continue
    }
    const { kind: _, ...rejection } = verdict
    const letter = deadLetterOf({ raw, rejection, index }, { site: site.site, receivedAtMs })
    judgement.deadLetters.push({ key: site.site, value: json(letter) })
    judgement.rejected.push({ index, ...rejection })
  }
  return judgement
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value))
}
