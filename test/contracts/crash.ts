import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { EventLog, Topic } from '../../src/ports/event-log.ts'
import type { Processing } from '../../src/ports/processing.ts'
import { KEPT, openerAt, POSITION, STEP } from './crash-work.ts'
import { everything, text } from './log-reading.ts'

const DEATHS = 25
const DEATHS_MAX = 8 * DEATHS
// A few transactions of a log on the local disk; on a slow one lives become longer until there are.
const LIFE_MS_MAX = 120

export type Opened = { log: EventLog; processing: Processing; close(): Promise<void> }

/**
 * Processes that append and commit are killed at random moments; whoever comes next finds every
 * transaction whole or not at all. `opener` is the address of a module that exports
 * `open(argument): Promise<Opened>`, for this process and for those that die.
 */
export function crashContract(
  name: string,
  make: () => Promise<{ opener: URL; argument: string }>,
  { lifeMsMax = LIFE_MS_MAX }: { lifeMsMax?: number } = {},
) {
  describe(`${name}: the contract of what a killed process leaves behind`, () => {
    it(
      'keeps each transaction whole, and every acknowledged record, at whatever moment it dies',
      { timeout: 600_000 },
      async () => {
        const { opener, argument } = await make()
        const open = await openerAt(opener.href)
        const acknowledged = new Set<string>()
        let committed = 0
        const isEnough = () => acknowledged.size > DEATHS && committed > DEATHS
        for (let death = 0; death < DEATHS || !isEnough(); death += 1) {
          if (death === DEATHS_MAX) break
          const longer = lifeMsMax * 2 ** Math.floor(death / DEATHS)
          for (const line of await lifeOf({ opener, argument, lifeMsMax: longer })) {
            const [what, number] = line.split(' ') as [string, string]
            if (what === 'acknowledged') acknowledged.add(number)
            if (what === 'committed') committed = Math.max(committed, Number(number))
          }
          const opened = await open(argument)
          await checkWhole(opened, { acknowledged, committed })
          await opened.close()
        }
        expect(acknowledged.size).toBeGreaterThan(DEATHS)
        expect(committed).toBeGreaterThan(DEATHS)
      },
    )
  })
}

/** What a process said before it was killed. */
async function lifeOf({
  opener,
  argument,
  lifeMsMax,
}: {
  opener: URL
  argument: string
  lifeMsMax: number
}): Promise<string[]> {
  const program = fileURLToPath(new URL('crash-work.ts', import.meta.url))
  const child = spawn(process.execPath, [program, opener.href, argument], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    if (said === '') setTimeout(() => child.kill('SIGKILL'), Math.random() * lifeMsMax)
    said += chunk
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  expect([code, signal]).toEqual([null, 'SIGKILL'])
  // The last line may have been cut off by the death.
  return said.split('\n').slice(0, -1)
}

async function checkWhole(
  { log, processing }: Opened,
  { acknowledged, committed }: { acknowledged: ReadonlySet<string>; committed: number },
): Promise<void> {
  const position = (await processing.position(STEP, POSITION)) ?? 0
  expect(position).toBeGreaterThanOrEqual(committed)
  const state = processing.state(STEP, 0)
  expect(text(state.get('count') ?? Buffer.from('0'))).toBe(`${position}`)
  const numbers = [...state.range('n/')].map(({ value }) => Number(text(value).split(' ')[0]))
  expect(numbers).toEqual(lastNumbers(position))
  for (const topic of ['rows', 'attributed'] as const) {
    const written = await numbersIn(log, topic)
    expect(written.slice(-KEPT)).toEqual(lastNumbers(position))
    expect(written).toEqual(written.map((_, index) => position - written.length + 1 + index))
  }
  const letters = new Set((await everything(log, 'dead-letters')).map(({ value }) => text(value)))
  expect([...acknowledged].filter((letter) => !letters.has(letter))).toEqual([])
}

function lastNumbers(position: number): number[] {
  const first = Math.max(1, position - KEPT + 1)
  return Array.from({ length: position - first + 1 }, (_, index) => first + index)
}

async function numbersIn(log: EventLog, topic: Topic): Promise<number[]> {
  return (await everything(log, topic)).map(({ value }) => Number(text(value).split(' ')[0]))
}
