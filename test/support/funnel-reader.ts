import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../src/demo/random.ts'

type Stage = {
  stage: string
  optional: boolean
  reached: number
  converted: number | null
  inProgress: number | null
  dropped: number | null
}
type Answer = {
  stages: Stage[]
  groups?: { key: string; stages: Stage[] }[]
  receipt: { generation: number }
}

export type Readings = {
  answers: number
  /** the ids of the stages in the answers of each generation: always the same ones */
  stages: Map<number, Set<string>>
  /** answers that were wrong in themselves, with why */
  wrong: string[]
}

const PAUSE_MS = 40
const TIMEOUT_MS = 30_000
// What is wrong once is wrong; a few examples tell how.
const WRONG_MAX = 5

/** Asks for the funnel, in one form or another, again and again; each answer must agree with itself. */
export async function readFunnels({
  readings,
  address,
  random,
  done,
  mayBeUnavailable,
  from,
  to,
}: {
  /** what it writes into */
  readings: Readings
  /** undefined while nobody answers */
  address: () => string | undefined
  random: Random
  done: AbortSignal
  mayBeUnavailable: boolean
  from: string
  to: string
}): Promise<Readings> {
  while (!done.aborted) {
    await sleep(PAUSE_MS, undefined, { signal: done }).catch(() => undefined)
    const url = address()
    if (url === undefined) continue
    const form = random.pick(['', '&by=channel', '&cohort=entry', '&window=30d', '&channel=web'])
    const question = `/api/funnel?from=${from}&to=${to}${form}`
    let status: number
    let text: string
    try {
      const response = await fetch(url + question, { signal: AbortSignal.timeout(TIMEOUT_MS) })
      status = response.status
      text = await response.text()
    } catch {
      // It was killed meanwhile.
      continue
    }
    if (mayBeUnavailable && status === 503) continue
    readings.answers++
    const problems = [`${status} ${text}`]
    if (status === 200) {
      const answer = JSON.parse(text) as Answer
      problems.splice(0, 1, ...problemsOf(answer))
      const { generation } = answer.receipt
      const known = readings.stages.get(generation) ?? new Set()
      readings.stages.set(generation, known.add(answer.stages.map(({ stage }) => stage).join()))
    }
    for (const problem of problems) {
      if (readings.wrong.length < WRONG_MAX) readings.wrong.push(`${question}: ${problem}`)
    }
  }
  return readings
}

/** An answer of two states of the data, or of two generations, is not one of these sums. */
function problemsOf({ stages, groups }: Answer): string[] {
  const problems = stages.length === 0 ? ['no stages'] : []
  for (const one of [stages, ...(groups ?? []).map(({ stages }) => stages)]) {
    for (const { stage, reached, converted, inProgress, dropped } of one) {
      if (converted === null || inProgress === null || dropped === null) continue
      if (converted + inProgress + dropped !== reached)
        problems.push(`${stage}: ${converted} + ${inProgress} + ${dropped} is not ${reached}`)
      if (Math.min(reached, converted, inProgress, dropped) < 0)
        problems.push(`${stage}: ${JSON.stringify({ reached, converted, inProgress, dropped })}`)
    }
  }
  if (groups === undefined) return problems
  for (const [index, { stage, reached }] of stages.entries()) {
    const sum = groups.reduce((sum, group) => sum + (group.stages[index]?.reached ?? 0), 0)
    if (sum !== reached) problems.push(`${stage}: the groups' ${sum} is not ${reached}`)
  }
  return problems
}
