import { funnel, type FunnelAnswer } from '../../queries/funnel.ts'
import { openChdb } from '../../src/adapters/clickhouse/chdb.ts'
import { dayText, parseDay } from '../../src/domain/days.ts'
import { type Generation, settingsOf } from '../../src/domain/generation.ts'
import { parseSite } from '../../src/domain/site.ts'
import { migrate } from '../../src/warehouse/migrate.ts'
import { makeWorld, textOf, type World } from '../support/funnel-world.ts'
import { usage } from '../support/usage.ts'

/** The last `days` of the world, or of its middle where there are fewer. */
export type Period = { from: string; to: string }

export type Sizes = {
  touchpoints: number
  milestones: number
  /** of the table milestones */
  parts: number
  /** of all tables on disk, those that the others were made from among them */
  bytes: number
}

/** A warehouse full of journeys, and the question asked of it in two ways. */
export async function open({ directory, world }: { directory: string; world: World }) {
  const warehouse = await openChdb({ path: directory, threadPoolSize: 16 })
  await migrate(warehouse)
  await makeWorld(warehouse, world)
  const settings = settingsOf(parseSite({ site: world.site }))
  const generation: Generation = { site: world.site, number: world.generation, settings }
  const endMs = (parseDay(world.from)! + world.days) * 86_400_000
  const windowFunnel = textOf('window-funnel')

  const ask = ({ from, to }: Period): Promise<FunnelAnswer> =>
    funnel(
      {
        fromDay: parseDay(from)!,
        toDay: parseDay(to)!,
        by: { dimension: 'channel' },
        cohort: 'start',
        filters: [],
      },
      { warehouse, generation, now: () => endMs },
    )
  const askTouchpoints = (period: Period) =>
    warehouse.query<{ reached: number; people: string }>(windowFunnel, {
      site: world.site,
      ...period,
    })

  return {
    async ours(period: Period): Promise<{ ms: number; rowsRead: number; people: number }> {
      const startedMs = performance.now()
      const { stages, receipt } = await ask(period)
      const ms = performance.now() - startedMs
      return { ms, rowsRead: receipt.rowsRead, people: stages[0]!.reached }
    },
    async floor(period: Period): Promise<{ ms: number; rowsRead: number; people: number }> {
      const startedMs = performance.now()
      const { rows, rowsRead } = await askTouchpoints(period)
      const ms = performance.now() - startedMs
      return { ms, rowsRead, people: rows.reduce((sum, row) => sum + Number(row.people), 0) }
    },
    async sizes(): Promise<Sizes> {
      const { rows } = await warehouse.query<Record<'table' | keyof Sizes | 'rows', string>>(
        'SELECT table, sum(rows) AS rows, count() AS parts, sum(bytes_on_disk) AS bytes ' +
          'FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table',
      )
      const of = (name: string) => rows.find(({ table }) => table === name)
      return {
        touchpoints: Number(of('bench_events')?.rows),
        milestones: Number(of('milestones')?.rows),
        parts: Number(of('milestones')?.parts),
        bytes: rows.reduce((sum, { bytes }) => sum + Number(bytes), 0),
      }
    },
    usage,
    close: () => warehouse.close(),
  }
}

/** Inclusive days of the world, from its day `first`. */
export function periodOf(
  { from }: World,
  { first, days }: { first: number; days: number },
): Period {
  const day = parseDay(from)! + first
  return { from: dayText(day), to: dayText(day + days - 1) }
}
