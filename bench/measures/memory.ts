import type { open as openFill } from '../children/fill-log.ts'
import type { open as openServer } from '../children/product-server.ts'
import type { Bench, Measure } from '../support/bench.ts'
import { openChild } from '../support/child.ts'
import { SEEN_EACH } from '../support/crowd.ts'
import { anonymousMemoryMiB } from '../support/memory.ts'
import { type MemoryCourse, unreadTouchpoints, watchMemory } from '../support/memory-watch.ts'
import { openParts, type Parts } from '../support/parts.ts'
import { plainRow, ratioRow, type Row } from '../support/row.ts'

const PEOPLE = 100_000
const PEOPLE_FULL = 1_000_000
const PROCESSOR_MIB_MAX = 512

export const memory: Measure = {
  name: 'memory',
  summary: 'memory of a process behind an endless backlog, at its end against its first tenth',
  async run(bench) {
    if (anonymousMemoryMiB() === undefined) {
      bench.note('memory is left out: this system does not tell what no file backs.')
      return []
    }
    if (!bench.full) return [await embedded(bench, PEOPLE)]
    const parts = await openParts(bench)
    if (!('missing' in parts)) return apart(bench, parts)
    bench.note(`memory: one process instead of the roles apart: ${parts.missing}.`)
    return [await embedded(bench, PEOPLE_FULL)]
  },
}

async function embedded(bench: Bench, people: number): Promise<Row> {
  const { signal } = bench
  bench.say(`memory: the touchpoints of ${people} people are laid down`)
  const directory = await bench.scratch.directory('memory')
  const filling = await openChild<typeof openFill>('fill-log', { directory, people }, bench)
  const touchpoints = await filling.call('appended')
  await filling.close()
  const server = await openChild<typeof openServer>('product-server', { directory }, bench)
  const { url } = await server.call('address')
  const [course] = await watchMemory({
    pids: [server.pid],
    shareDone: told('they are worked off', bench, async () => {
      return 1 - (await unreadTouchpoints(url, signal)) / touchpoints
    }),
    signal,
  })
  await server.close()
  await bench.scratch.drop(directory)
  return rowOf('memory, all in one process', { course: course!, people, touchpoints })
}

/** First the collector alone, as fast as it takes; then all others behind what it has taken. */
async function apart(bench: Bench, parts: Parts): Promise<Row[]> {
  const { signal } = bench
  const people = PEOPLE_FULL
  const touchpoints = people * SEEN_EACH
  const load = await parts.collect(people)
  const [collector] = await watchMemory({
    pids: [parts.pids.collect],
    shareDone: told('collecting', bench, async () => (await load.call('accepted')) / touchpoints),
    signal,
  })
  await load.close()
  const { process, warehouse, serve } = await parts.work()
  const courses = await watchMemory({
    pids: [process, warehouse, serve],
    shareDone: told('processing', bench, async () => {
      return 1 - (await unreadTouchpoints(parts.url, signal)) / touchpoints
    }),
    signal,
  })
  await parts.close()
  const names = ['collector', 'processor', 'warehouse', 'reader']
  const rows = [collector!, ...courses].map((course, index) =>
    rowOf(`memory, ${names[index]}`, { course, people, touchpoints }),
  )
  const atMost = plainRow(
    {
      measure: 'memory, processor, at most',
      unit: 'MiB',
      better: 'less',
      goal: { valueAtMost: PROCESSOR_MIB_MAX },
    },
    [courses[0]!.peak],
  )
  return [...rows, atMost]
}

/** It takes minutes: whoever watches sees how far it is. */
function told(what: string, { say }: Bench, shareDone: () => Promise<number>) {
  return async () => {
    const share = await shareDone()
    say(`memory: ${what}, ${Math.floor(share * 100)} %`)
    return share
  }
}

function rowOf(
  measure: string,
  { course, people, touchpoints }: { course: MemoryCourse; people: number; touchpoints: number },
): Row {
  return ratioRow(
    {
      measure,
      unit: 'MiB',
      better: 'less',
      floor: 'the same process after the first tenth of the backlog',
      ratioIs: 'value / floor',
      goal: { ratioAtMost: 1.2 },
      details: { people, touchpoints, 'MiB at most': course.peak },
    },
    { ours: [course.inLastTenth], floor: [course.afterFirstTenth] },
  )
}
