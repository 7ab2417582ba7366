import { DAY_MS } from './durations.ts'
import { DOORS } from './doors.ts'
import { PERSONAS, type Persona } from './personas.ts'
import type { Queue } from './queue.ts'
import type { Random } from './random.ts'
import { visitTimes } from './rhythm.ts'
import { openStory, type Story } from './story.ts'
import { newVisitor, type Visitor } from './visitor.ts'

/** One journey as it goes, still on its own clock. */
export type Visit = { arrivalMs: number; persona: Persona; story: Story }

/** Somebody who has ordered and will come again. */
export type Regular = { atMs: number; persona: Persona; visitor: Visitor }

/**
 * The visits of the days before now, ascending: new faces, and those who ordered coming again.
 * Whoever would come again later stays in `regulars`.
 */
export function* pastVisits(
  random: Random,
  { fromMs, untilMs, regulars }: { fromMs: number; untilMs: number; regulars: Queue<Regular> },
): Generator<Visit> {
  let visits = 0
  for (const arrivalMs of visitTimes(random, { fromMs, untilMs, perDay: HISTORY_VISITS_PER_DAY })) {
    for (let due = regulars.shift(arrivalMs); due !== undefined; due = regulars.shift(arrivalMs)) {
      yield visit(random.fork(visits++), { arrivalMs: due.atMs, regular: due, regulars })
    }
    yield visit(random.fork(visits++), { arrivalMs, regulars })
  }
}

/** A new face, or a regular; one who orders may become a regular. */
export function visit(
  random: Random,
  {
    arrivalMs,
    regular,
    regulars,
  }: { arrivalMs: number; regular?: Regular | undefined; regulars: Queue<Regular> },
): Visit {
  const persona = regular?.persona ?? random.weighted(PERSONAS.map((one) => [one.share, one]))
  const visitor = regular?.visitor ?? newVisitor(random, persona)
  const story = openStory(random, visitor)
  if (persona.doors.length > 0) DOORS[random.weighted(persona.doors)](story)
  persona.live(story)
  if (story.ordered && persona.returnsAfterDays !== undefined && random.chance(RETURN_SHARE)) {
    const quietMs = random.exponential(persona.returnsAfterDays * DAY_MS)
    regulars.push({ atMs: Math.round(arrivalMs + story.nowMs + quietMs), persona, visitor })
  }
  return { arrivalMs, persona, story }
}

// About a thousand touchpoints a day: 90 days are filled in while one watches.
const HISTORY_VISITS_PER_DAY = 110
const RETURN_SHARE = 0.6
