/**
 * How long the funnel takes on other layouts of the table `milestones`, and over touchpoints: the
 * measurements of docs/adr/0003. `node bench/funnel-latency.ts [--journeys 1200000]`, with
 * UV_THREADPOOL_SIZE=16; some minutes and 2 GB of disk.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  filterFragment,
  keyFragment,
  periodCondition,
  placeColumns,
  withinWindow,
} from '../queries/filters.ts'
import { sqlOf } from '../queries/sql.ts'
import { openChdb } from '../src/adapters/clickhouse/chdb.ts'
import { renderParameters } from '../src/adapters/clickhouse/literals.ts'
import type { Warehouse } from '../src/ports/warehouse.ts'
import { migrate } from '../src/warehouse/migrate.ts'
import { readSchemaFiles, statementsOf } from '../src/warehouse/schema-files.ts'

const DAYS = 180
const BLOCKS = 120
const ROUNDS = 15

type Layout = { name: string; change: (statement: string) => string }

const COUNTS = /PROJECTION counts\s*\(([\s\S]*?)\n {2}\)/
const counts = (name: string, more: string) =>
  `PROJECTION ${name} (SELECT site, generation, first_day, stage, furthest, implied, last_day${more}, sum(sign), sum(unconverted * sign) ` +
  `GROUP BY site, generation, first_day, stage, furthest, implied, last_day${more})`

const LAYOUTS: Layout[] = [
  { name: 'as decided', change: (sql) => sql },
  {
    name: 'no projections',
    change: (sql) => sql.replaceAll(/,\n {2}PROJECTION[\s\S]*?\n {2}\)/g, ''),
  },
  {
    name: 'counts by device and returning too',
    change: (sql) => sql.replace(COUNTS, counts('counts', ', channel, device, returning')),
  },
  {
    name: 'counts with and without channel',
    change: (sql) =>
      sql.replace(COUNTS, `${counts('counts', ', channel')}, ${counts('plain', '')}`),
  },
  {
    name: 'sorted by day, then stage',
    change: (sql) =>
      sql.replace('generation, stage, first_day, journey', 'generation, first_day, stage, journey'),
  },
  {
    name: 'partitioned by generation alone',
    change: (sql) => sql.replace('(generation, toYYYYMM(first_day))', 'generation'),
  },
]

const ASKED = {
  site: 'shop',
  generation: 1,
  from: '2026-05-01',
  to: '2026-05-30',
  compareFrom: '2026-05-01',
  compareTo: '2026-05-30',
  asOf: '2026-06-29',
  trend: '',
  patienceDays: [0, 30],
  required: [1, 1, 1, 1, 0, 1],
  windowMs: 30 * 86_400_000,
  windowDays: 30,
}
const CHANNELS = Array.from({ length: 12 }, (_, index) => String(index + 1))

const WINDOW_FUNNEL = `
  SELECT channel, level, count() FROM (
    SELECT source_key, argMin(channel, occurred_at) AS channel,
      windowFunnel(7776000)(toDateTime(occurred_at), true, type = 'cart', type = 'order', type = 'delivery') AS level
    FROM touchpoints
    WHERE site = {site:String} AND generation = {generation:UInt32} AND toDate(occurred_at) BETWEEN {from:Date} AND {to:Date}
    GROUP BY source_key
  ) GROUP BY channel, level`

const WINDOW_FUNNEL_PERIODS = [
  [30, '2026-05-01', '2026-05-30'],
  [DAYS, '2026-01-01', '2026-06-29'],
] as const

const { values } = parseArgs({ options: { journeys: { type: 'string', default: '1200000' } } })
const directory = await mkdtemp(join(tmpdir(), 'parcours-layouts-'))
const warehouse = await openChdb({ path: join(directory, 'chdb'), threadPoolSize: 16 })
try {
  await compare(Number(values.journeys))
} finally {
  await warehouse.close()
  await rm(directory, { recursive: true, force: true })
}

async function compare(journeys: number): Promise<void> {
  await migrate(warehouse)
  const make = await readFile(new URL('./funnel-latency.sql', import.meta.url), 'utf8')
  await warehouse.command(renderParameters(make, { journeys, days: DAYS }))
  for (const [index, { name, change }] of LAYOUTS.entries()) {
    console.error(`filling: ${name}`)
    await makeTable(`layout_${index}`, change)
    for (let block = 0; block < BLOCKS; block++) {
      await fillBlock(`layout_${index}`, { block, journeys })
    }
  }
  await fillTouchpoints(journeys)
  console.table(Object.fromEntries(await layoutRows()))
  console.log(`${journeys} journeys; touchpoints:`, await sizesOf('touchpoints'))
  for (const [days, from, to] of WINDOW_FUNNEL_PERIODS) {
    const samples: Sample[] = []
    while (samples.length < ROUNDS) samples.push(await asked(WINDOW_FUNNEL, { ...ASKED, from, to }))
    console.log(`windowFunnel by channel over ${days} days: ${summary(samples)}`)
  }
}

/** Rounds go through all layouts, so that what else the machine does is shared by all. */
async function layoutRows(): Promise<[string, Record<string, string>][]> {
  const samples = new Map<string, Sample[]>()
  for (let round = 0; round < ROUNDS; round++) {
    console.error(`asking: round ${round + 1} of ${ROUNDS}`)
    for (const [name, { sql, parameters }] of Object.entries(questionsOf())) {
      for (const index of LAYOUTS.keys()) {
        const key = `${index} ${name}`
        const layout = sql.replace('FROM milestones', `FROM layout_${index}`)
        samples.set(key, [...(samples.get(key) ?? []), await asked(layout, parameters)])
      }
    }
  }
  const rows: [string, Record<string, string>][] = []
  for (const [index, { name }] of LAYOUTS.entries()) {
    const times = Object.keys(questionsOf()).map((question) => [
      question,
      summary(samples.get(`${index} ${question}`)!),
    ])
    rows.push([name, { ...(await sizesOf(`layout_${index}`)), ...Object.fromEntries(times) }])
  }
  return rows
}

function questionsOf(): Record<string, { sql: string; parameters: object }> {
  const none = filterFragment([])
  const byChannel = keyFragment({ by: { dimension: 'channel' }, values: CHANNELS })
  const slotsOf = (day: 'first_day' | 'stage_day') => {
    const placing = { day, isCompared: false, trend: undefined }
    return { place: placeColumns(placing), period: periodCondition(placing) }
  }
  const question = (file: string, key = keyFragment(undefined), filters = none) => ({
    sql: sqlOf(file, { ...slotsOf('first_day'), key: key.sql, filters: filters.sql }),
    parameters: { ...ASKED, ...key.parameters, ...filters.parameters },
  })
  return {
    'by stage': question('funnel-counts'),
    'by channel': question('funnel-counts', byChannel),
    'of mobile': question(
      'funnel-counts',
      undefined,
      filterFragment([{ of: { dimension: 'device' }, values: ['mobile'] }]),
    ),
    times: question('funnel-times'),
    window: question('funnel-window'),
    'window by channel': question('funnel-window', byChannel),
    'times in window': question('funnel-times', undefined, withinWindow(ASKED.windowMs)),
    entries: {
      ...question('funnel-entries'),
      sql: sqlOf('funnel-entries', { ...slotsOf('stage_day'), key: '0', filters: '' }),
    },
  }
}

async function makeTable(table: string, change: Layout['change']): Promise<void> {
  const file = (await readSchemaFiles()).find(({ name }) => name.endsWith('_milestones.sql'))!
  const [statement] = statementsOf(file, { kind: 'embedded' })
  const changed = change(statement!).replace('EXISTS milestones', `EXISTS ${table}`)
  // Loading is not what is measured.
  await warehouse.command(changed.replace('fsync_after_insert = 1', 'fsync_after_insert = 0'))
}

/** What a system writes in one stretch of time; a tenth in an older form first, withdrawn later. */
async function fillBlock(
  table: string,
  { block, journeys }: { block: number; journeys: number },
): Promise<void> {
  const range = (of: number) => Math.floor((journeys * of) / BLOCKS)
  for (const [form, sign] of [
    ['now', 1],
    ['older', 1],
    ['older', -1],
  ] as const) {
    const reached = form === 'now' ? 'furthest' : 'greatest(if(furthest = 6, 4, furthest - 1), 1)'
    await warehouse.command(`
      INSERT INTO ${table} SETTINGS insert_deduplicate = 0
      WITH
        toUInt8(${reached}) AS reached,
        arrayMap((ms, stage) -> if(stage > reached AND stage != 5, -1, ms), entered_ms, range(1, 7)) AS entered,
        (ms) -> if(ms < 0, toDate(0), toDate(start + toIntervalMillisecond(ms))) AS day_at,
        multiIf(stage IN (0, 1, 5) OR entered_implied[stage], 0, stage = 6, 4, stage = 3 AND entered_implied[2], 1, stage - 1) AS previous
      SELECT
        'shop', 1, sipHash64(number), sipHash64(number, 1), toDate(start), stage,
        if(stage = 0, toDate(start), day_at(entered[stage])), if(stage = 0, 0, entered_implied[stage]),
        reached, if(stage = 0, day_at(last_ms), toDate(0)), if(stage = 0, 0, entered[stage]),
        previous, if(previous = 0, 0, entered[stage] - entered[previous]),
        if(stage = 0, entered, []), if(stage = 0, arrayMap(day_at, entered), []), if(stage = 0, entered_implied, []),
        CAST(channel, 'Int8'), CAST(device, 'Int8'), returning, source, source + 1, source + 2,
        source % 40, source % 900, source % 6, []::Array(UInt64), 0, 0, ${sign}
      FROM layout_journeys
      ARRAY JOIN range(7) AS stage
      WHERE number >= ${range(block)} AND number < ${range(block + 1)}
        AND (stage = 0 OR entered[stage] >= 0) ${form === 'now' ? '' : 'AND corrected'}`)
  }
}

async function fillTouchpoints(journeys: number): Promise<void> {
  for (let first = 0; first < journeys; first += 50_000) {
    await warehouse.command(`
      INSERT INTO touchpoints SETTINGS insert_deduplicate = 0
      SELECT 'shop', 1, sipHash64(number), toString(sipHash64(number, step)),
        multiIf(step = 1, 'ad_click', step = 2 AND furthest > 1, 'cart', step = 3 AND furthest > 2, 'order', step = 4 AND furthest > 3, 'delivery', 'page_view'),
        '', CAST(channel, 'Int8'), start + toIntervalMillisecond(intDiv(last_ms * (step - 1), steps)) AS at, at, '', '', '{}', 1
      FROM layout_journeys ARRAY JOIN range(1, steps + 1) AS step
      WHERE number >= ${first} AND number < ${first + 50_000}`)
  }
}

type Sample = { ms: number; rowsRead: number }

async function asked(sql: string, parameters: object): Promise<Sample> {
  const startedMs = performance.now()
  const answer = await warehouse.query(sql, parameters as Parameters<Warehouse['query']>[1])
  return { ms: performance.now() - startedMs, rowsRead: answer.rowsRead }
}

/** Median and least, for a machine that does other things too, and what was read. */
function summary(samples: readonly Sample[]): string {
  const ms = samples.map((sample) => sample.ms)
  const thousands = Math.round(samples[0]!.rowsRead / 1000)
  return `${median(ms).toFixed(0)} (${Math.min(...ms).toFixed(0)}) ms, ${thousands}k rows`
}

function median(samples: readonly number[]): number {
  return samples.toSorted((one, other) => one - other)[Math.floor(samples.length / 2)]!
}

async function sizesOf(table: string): Promise<Record<string, string>> {
  const { rows } = await warehouse.query<Record<string, string>>(
    `SELECT sum(rows) AS rows, count() AS parts, formatReadableSize(sum(bytes_on_disk)) AS size
     FROM system.parts WHERE active AND database = currentDatabase() AND table = {table:String}`,
    { table },
  )
  return rows[0]!
}
