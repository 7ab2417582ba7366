import type { Journey } from '../../queries/person-journey.ts'
import type { JourneyTouchpoint } from '../../queries/person-steps.ts'
import type { PersonAnswer } from '../../queries/person.ts'
import { formatCount, formatDuration, formatInstant, printable } from './format.ts'
import { renderTable } from './table.ts'
import type { Style } from './terminal.ts'

type View = { width: number; style: Style; timeZone: string }

/** A person's journeys, the newest first, each as a timeline of its touchpoints. */
export function renderPerson(
  { person, journeys, receipt }: PersonAnswer,
  { width, style }: { width: number; style: Style },
): string {
  const { site, model, timeZone, generation } = receipt
  const view = { width, style, timeZone }
  const title = `${person.kind} ${printable(person.id)}`
  return [
    style.bold(title),
    ...journeys.map((journey) => renderJourney(journey, view)),
    rulesOf(journeys, style),
    style.dim(
      `${site}, ${model.name}@${model.version}, generation ${generation}, times of ${timeZone}`,
    ),
  ].join('\n\n')
}

function renderJourney(journey: Journey, view: View): string {
  const { style, timeZone } = view
  const { startedAt, lastStepAt, orders, value, currency, frictions, returning, stepsOmitted } =
    journey
  const facts = [
    counted(journey.steps, 'touchpoint', 'touchpoints'),
    counted(orders, 'order', 'orders') + (orders > 0 ? ` of ${value} ${currency}` : ''),
    counted(frictions, 'friction', 'frictions'),
    ...(returning ? ['returning'] : []),
    ...(journey.ordersNotConverted > 0
      ? [`${counted(journey.ordersNotConverted, 'order', 'orders')} in a currency without a rate`]
      : []),
  ]
  const entry = Object.entries(journey.entry).map(
    ([name, value]) => `${name} ${[value].flat().join(', ')}`,
  )
  return [
    style.bold(`${at(startedAt, timeZone)} to ${at(lastStepAt, timeZone)}`),
    facts.join(', '),
    ...(entry.length > 0 ? [`entered by ${printable(entry.join(', '))}`] : []),
    stagesLine(journey, view),
    timeline(journey.touchpoints, view),
    ...(stepsOmitted > 0
      ? [style.dim(`${formatCount(stepsOmitted)} more touchpoints are counted, not listed`)]
      : []),
  ].join('\n')
}

function stagesLine({ stages, startedAt }: Journey, { style }: View): string {
  const entered = stages.map(({ stage, enteredAt, implied }) => {
    const seconds = (Date.parse(enteredAt) - Date.parse(startedAt)) / 1_000
    const after = seconds > 0 ? ` after ${formatDuration(seconds)}` : ''
    return implied ? style.dim(`${stage}${after} (implied)`) : `${stage}${after}`
  })
  return entered.join(' → ')
}

function timeline(touchpoints: readonly JourneyTouchpoint[], view: View): string {
  const { width, style, timeZone } = view
  const left = (title: string) => ({ title, align: 'left' as const })
  return renderTable({
    columns: [
      left('When'),
      { title: 'After', align: 'right', dispensable: 2 },
      left('Touchpoint'),
      { ...left('About'), dispensable: 1 },
      left('Stage'),
      left('Rule'),
    ],
    rows: touchpoints.map((touchpoint) => {
      const { occurredAt, seq, secondsSincePrevious, type, action, stage, entered } = touchpoint
      const cells = [
        at(occurredAt, timeZone),
        seq === 1 ? '' : formatDuration(secondsSincePrevious),
        `${touchpoint.friction ? '⚠ ' : ''}${type}.${printable(action)}`,
        printable(aboutOf(touchpoint)),
        entered ? `● ${stage}` : `  ${stage}`,
        touchpoint.rule,
      ]
      return entered ? { cells, paint: 'bold' as const } : { cells }
    }),
    gives: 'last',
    width,
    style,
  })
}

/** Each rule once, however many touchpoints it decided. */
function rulesOf(journeys: readonly Journey[], style: Style): string {
  const rules = new Map<string, string>()
  for (const { touchpoints } of journeys) {
    for (const { rule, why } of touchpoints) rules.set(rule, why)
  }
  const width = Math.max(...[...rules.keys()].map((rule) => rule.length))
  const lines = [...rules].map(([rule, why]) => `  ${rule.padEnd(width)}  ${printable(why)}`)
  return [style.bold('Rules'), ...lines].join('\n')
}

// What tells touchpoints of one type apart at a glance; the whole of each is in the JSON.
const ABOUT_CHARACTERS_MAX = 40

function aboutOf({ channel, score, content }: JourneyTouchpoint): string {
  const { page, order, products, campaign } = content ?? {}
  const price = order?.value === undefined ? '' : `${order.value} ${order.currency ?? ''}`.trim()
  const [product] = products ?? []
  const about = [
    page?.path ?? page?.url,
    order?.id,
    price === '' ? undefined : price,
    page === undefined && order?.value === undefined ? (product?.name ?? product?.id) : undefined,
    campaign?.name,
    score === null ? undefined : `score ${score}`,
  ].filter((part) => part !== undefined)
  const text = [channel, ...about].join(' ')
  return text.length <= ABOUT_CHARACTERS_MAX ? text : `${text.slice(0, ABOUT_CHARACTERS_MAX - 1)}…`
}

/** Without its zone, which the page says once at its foot. */
function at(instant: string, timeZone: string): string {
  return formatInstant(Date.parse(instant), timeZone).slice(0, 'YYYY-MM-DD hh:mm:ss'.length)
}

function counted(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}
