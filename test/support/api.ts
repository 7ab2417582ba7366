import { setTimeout as sleep } from 'node:timers/promises'
import type { VerifyEvent } from '../../processors/verify.ts'
import type { Health } from '../../src/commands/health.ts'
import type { RebuildState } from '../../src/commands/rebuild-state.ts'
import { WRITE_KEY } from './real-process.ts'

const POLL_MS = 50
// A warehouse or a log that is asked on a busy machine may be too slow once, and is there.
const SLOW_TO_ANSWER = /^(warehouse|log): /
const SLOW_MS_MAX = 60_000

/** Sends a batch once. */
export async function send(
  url: string,
  touchpoints: readonly unknown[],
): Promise<{
  status: number
  type: string | null
  retryAfter: string | null
  body: Record<string, unknown>
}> {
  const response = await fetch(`${url}/v1/touchpoints`, {
    method: 'POST',
    headers: { authorization: `Bearer ${WRITE_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ touchpoints }),
  })
  const body = (await response.json()) as Record<string, unknown>
  const { status, headers } = response
  return { status, type: headers.get('content-type'), retryAfter: headers.get('retry-after'), body }
}

/** Waits until the log has what was spooled and every step has read everything; whoever sends meanwhile keeps it waiting. */
export async function untilDrained(url: string): Promise<Health> {
  for (let wellMs = performance.now(); ;) {
    const health = await healthOf(url)
    const { spool, problems } = health
    if (problems.length === 0) wellMs = performance.now()
    const isSlow = performance.now() - wellMs < SLOW_MS_MAX
    if (problems.some((problem) => !(isSlow && SLOW_TO_ANSWER.test(problem))))
      throw new Error(`Not well: ${problems.join('; ')}`)
    const unread = Object.values(health.lagRecords)
    // None are known while the log does not answer.
    const isRead =
      problems.length === 0 && unread.length > 0 && unread.every((records) => records === 0)
    if (isRead && (spool?.records ?? 0) === 0) return health
    await sleep(POLL_MS)
  }
}

export async function healthOf(url: string): Promise<Health> {
  const response = await fetch(`${url}/api/health`)
  const text = await response.text()
  const health = JSON.parse(text) as Health | Record<'problems', undefined>
  if (health.problems === undefined) throw new Error(`${response.status}: ${text}`)
  return health
}

/** What stands still for good; who is slow to answer on a busy machine goes on. */
export function stoppedLanes({ problems }: Health): string[] {
  return problems.filter((problem) => /^\w+\/\d+: /.test(problem))
}

/** What a running process says of its own rows. */
export async function verified(
  url: string,
): Promise<Extract<VerifyEvent, { type: 'result' }> | { status: number; text: string }> {
  const response = await fetch(`${url}/api/verify`, { method: 'POST' })
  const text = await response.text()
  const last = text.trimEnd().split('\n').at(-1)!
  if (response.status !== 200) return { status: response.status, text }
  return JSON.parse(last) as Extract<VerifyEvent, { type: 'result' }>
}

/** Asks for a new generation; @returns its number */
export async function requestRebuild(url: string, { deep = false } = {}): Promise<number> {
  const response = await fetch(`${url}/api/rebuild${deep ? '?deep=true' : ''}`, { method: 'POST' })
  const text = await response.text()
  if (response.status !== 202) throw new Error(`${response.status}: ${text}`)
  return (JSON.parse(text) as { generation: number }).generation
}

export async function rebuildState(url: string): Promise<RebuildState> {
  const response = await fetch(`${url}/api/rebuild`)
  return (await response.json()) as RebuildState
}

export async function untilRebuilt(url: string): Promise<RebuildState> {
  for (;;) {
    const state = await rebuildState(url)
    if (state.running === undefined) return state
    await sleep(POLL_MS)
  }
}

/** A funnel without its receipt, as text to compare, and the generation it is of. */
export async function figuresAt(
  url: string,
  question: Record<string, string>,
): Promise<{ generation: number; figures: string }> {
  const response = await fetch(`${url}/api/funnel?${new URLSearchParams(question).toString()}`)
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${response.status}: ${text}`)
  const { receipt, ...figures } = JSON.parse(text) as { receipt: { generation: number } }
  return { generation: receipt.generation, figures: JSON.stringify(figures) }
}
