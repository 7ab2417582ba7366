import { signed, versioned } from './journey-rows.ts'
import type { PersonRows } from './person-rows.ts'
import type { TableName } from './rows.ts'

/** Complete rows to write, one JSON array a row, by table. */
export type Difference = { [Table in Exclude<TableName, 'touchpoints'>]: string[] }

/**
 * What turns the rows that were written into the rows that are true now: what vanished with
 * sign -1, what appeared with sign +1. The sum of all differences ever written is `after`.
 */
export function difference(before: PersonRows, after: PersonRows, version: number): Difference {
  const milestones = signedDifference(milestonesOf(before), milestonesOf(after))
  const steps = signedDifference(before.steps, after.steps)
  const journeys: string[] = []
  const names: string[] = []
  for (const [startMs, rows] of after.journeys) {
    const old = before.journeys.get(startMs)
    if (old?.journey !== rows.journey) {
      journeys.push(versioned(rows.journey, { version, isDeleted: false }))
    }
    if (old?.names === rows.names) continue
    for (const name of rows.names) if (!old?.names.includes(name)) names.push(name)
  }
  for (const [startMs, rows] of before.journeys) {
    if (!after.journeys.has(startMs)) {
      journeys.push(versioned(rows.journey, { version, isDeleted: true }))
    }
  }
  return { milestones, steps, journeys, names }
}

export function isEmpty({ milestones, steps, journeys, names }: Difference): boolean {
  return milestones.length + steps.length + journeys.length + names.length === 0
}

function milestonesOf(rows: PersonRows): string[] {
  return [...rows.journeys.values()].flatMap(({ milestones }) => milestones)
}

function signedDifference(before: readonly string[], after: readonly string[]): string[] {
  // What stays at its place needs no look-up, for which texts of 300 characters are hashed: of a
  // journey that goes on that is all but the standing.
  let from = 0
  const shorter = Math.min(before.length, after.length)
  while (from < shorter && before[from] === after[from]) from++
  let same = 0
  while (same < shorter - from && before.at(-1 - same) === after.at(-1 - same)) same++
  const gone = before.slice(from, before.length - same)
  const come = after.slice(from, after.length - same)
  if (gone.length === 0) return come.map((row) => signed(row, 1))
  const counts = new Map<string, number>()
  for (const row of gone) counts.set(row, (counts.get(row) ?? 0) - 1)
  for (const row of come) counts.set(row, (counts.get(row) ?? 0) + 1)
  const rows: string[] = []
  for (const [row, count] of counts) {
    const sign = count < 0 ? -1 : 1
    for (let times = Math.abs(count); times > 0; times--) rows.push(signed(row, sign))
  }
  return rows
}
