import { DAY_MS, SECOND_MS } from './durations.ts'
import { layOutHistory, layOutLive, type Timed } from './layout.ts'
import { mistakeOf } from './mistakes.ts'
import { createQueue } from './queue.ts'
import { randomFrom, type Random } from './random.ts'
import { pastVisits, visit, type Regular } from './visits.ts'
import { wireOf } from './wire.ts'

/** One thing that a sender of the shop sends. */
export type Outgoing = {
  /** epoch milliseconds; ascending over the stream, and never before it happened */
  sendAtMs: number
  /** `repeat`: sent before, word for word; `mistake`: will be refused */
  kind: 'news' | 'late' | 'repeat' | 'mistake'
  /** as JSON, right or wrong */
  touchpoint: unknown
}

export type Shop = {
  /** What was sent in the days before `untilMs`; it ends there. */
  history(options: { untilMs: number; days: number }): Generator<Outgoing, void>
  /**
   * What is sent from `startMs` on, without an end: new visits, those of customers that the history
   * knows, and what the history left unfinished.
   * @param ratePerSecond touchpoints a second that the traffic is laid out for
   */
  live(options: { startMs: number; ratePerSecond: number }): Generator<Outgoing, never>
}

/**
 * Everything that happens in the demo shop, in the order in which it is sent. The same seed and
 * times give the same stream; nothing is sent and no clock is asked here.
 */
export function openShop(seed: string): Shop {
  const random = randomFrom(seed)
  const queue = createQueue<Outgoing>(({ sendAtMs }) => sendAtMs)
  const regulars = createQueue<Regular>(({ atMs }) => atMs)
  const withMistakes = mistakesAmong(random.fork('mistakes'))

  const enqueue = (random: Random, timed: readonly Timed[]): number => {
    const outgoing = sendingsOf(random, timed)
    for (const item of outgoing) queue.push(item)
    return outgoing.length
  }
  function* sentUntil(untilMs: number): Generator<Outgoing, void> {
    for (let item = queue.shift(untilMs); item !== undefined; item = queue.shift(untilMs)) {
      yield* withMistakes(item)
    }
  }

  return {
    *history({ untilMs, days }) {
      const past = { fromMs: untilMs - days * DAY_MS, untilMs, regulars }
      for (const { arrivalMs, story } of pastVisits(random.fork('history'), past)) {
        yield* sentUntil(arrivalMs)
        enqueue(story.random, layOutHistory(story.random, story.steps, arrivalMs))
      }
      yield* sentUntil(untilMs)
    },
    *live({ startMs, ratePerSecond }) {
      // A visit begins when all that was laid out before it would be sent at the pace asked for.
      let laidOutUntilMs = startMs
      for (let visits = 0; ; visits++) {
        const arrivalMs = Math.round(laidOutUntilMs)
        yield* sentUntil(arrivalMs)
        const own = random.fork(`live/${visits}`)
        const regular = own.chance(REGULAR_SHARE) ? regulars.shift(Infinity) : undefined
        const { persona, story } = visit(own, { arrivalMs, regular, regulars })
        const alwaysNow = persona.alwaysNow === true
        const sent = enqueue(own, layOutLive(own, story.steps, { arrivalMs, alwaysNow }))
        laidOutUntilMs += (sent * (1 + 1 / MISTAKE_EVERY) * SECOND_MS) / ratePerSecond
      }
    },
  }
}

/** In the wire's form; sometimes a device sends all it has again, because it saw no answer. */
function sendingsOf(random: Random, timed: readonly Timed[]): Outgoing[] {
  const outgoing = timed.map((one): Outgoing => {
    const { step, sendAtMs } = one
    const kind = step.lateMs > 0 ? 'late' : 'news'
    return { sendAtMs, kind, touchpoint: wireOf(random, one) }
  })
  if (!random.chance(REPLAY_SHARE)) return outgoing
  return outgoing.flatMap((item) => {
    const sendAtMs = item.sendAtMs + random.int(...REPLAYED_AFTER_MS)
    return [item, { ...item, sendAtMs, kind: 'repeat' }]
  })
}

function mistakesAmong(random: Random): (item: Outgoing) => Generator<Outgoing> {
  let items = 0
  let turn = 0
  return function* (item) {
    yield item
    items += 1
    if (items % MISTAKE_EVERY !== 0) return
    const { sendAtMs } = item
    const { touchpoint } = mistakeOf(random, { turn: turn++, nowMs: sendAtMs })
    yield { sendAtMs, kind: 'mistake', touchpoint }
  }
}

// Three in a thousand: what a well-kept shop gets wrong.
const MISTAKE_EVERY = 320
const REPLAY_SHARE = 0.015
const REPLAYED_AFTER_MS = [3 * SECOND_MS, 30 * SECOND_MS] as const
// Of the visits now, those of customers that the history knows, as long as there are any.
const REGULAR_SHARE = 0.05
