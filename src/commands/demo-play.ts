import { doBusiness, newTally, type Plan } from '../demo/business.ts'
import { DAY_MS } from '../demo/durations.ts'
import { createSender } from '../demo/sender.ts'
import { someoneToMeet } from '../demo/someone.ts'
import { networkClient, readJson } from './api-client.ts'
import type { Context } from './context.ts'
import { inRate, thingsToTry, progressLine, type DemoDone, type DemoEnd } from './demo-report.ts'
import type { DemoView } from './demo-view.ts'
import { lagMeter, rateMeter, startWatch } from './demo-watch.ts'
import type { FunnelAnswer } from './funnel-answer.ts'
import type { CollectingSystem } from './system.ts'

export type DemoStage = Context & {
  plan: Plan
  system: CollectingSystem
  /** where the collector listens */
  url: string
  view: DemoView
  /** Ctrl-C */
  signal: AbortSignal
}

/**
 * Sends the shop's traffic and shows what becomes of it, until it ends or is interrupted.
 * @throws what stopped the system
 */
export async function playDemo(stage: DemoStage): Promise<DemoEnd> {
  const { config, terminal, plan, system, url, view, signal } = stage
  const site = system.site.site
  const toTry = { seed: plan.seed, url, site, person: someoneToMeet(plan) }
  view.say(thingsToTry(toTry, { ...config, style: terminal.style }))

  const writeKey = system.writeKey.key
  const sender = createSender({ url, writeKey, nowMs: Date.now, ...HABITS })
  const { counts } = sender
  const tally = newTally()
  const startedAtMs = performance.now()
  const startedOn = Date.now()
  const done = (): DemoDone => {
    const elapsedSeconds = (performance.now() - startedAtMs) / 1_000
    return { seed: plan.seed, tally, counts, elapsedSeconds }
  }
  const client = networkClient(url, { readToken: config.readToken, writeKey })
  const askFunnel = () => readJson<FunnelAnswer>(client, funnelPath(plan, startedOn))
  const lag = lagMeter({ drained: () => system.drained(), now: () => performance.now() })
  const rate = rateMeter(() => performance.now())
  let isClosing = false
  const watch = startWatch([
    () => lag.measure(),
    async () => {
      const figures = { ratePerSecond: rate(inRate(done())), lagSeconds: lag.seconds() }
      view.progress(progressLine(done(), { ...figures, isClosing: isClosing || signal.aborted }))
      return PROGRESS_EVERY_MS
    },
    async () => {
      const funnel = await askFunnel()
      const isYoung = done().elapsedSeconds < FIRST_SECONDS
      const journeys = funnel.stages[0]?.reached ?? 0
      if (journeys >= WORTH_SHOWING || !isYoung) view.funnel(funnel)
      return isYoung ? FIRST_FUNNELS_EVERY_MS : FUNNEL_EVERY_MS
    },
  ])
  try {
    const stop = AbortSignal.any([signal, watch.failed])
    await doBusiness(plan, { sender, nowMs: Date.now, signal: stop, tally })
    const ended = done()
    isClosing = true
    const isComplete = await settle(system, signal)
    await watch.stop()
    watch.failed.throwIfAborted()
    const end = { ...ended, isComplete, funnel: await askFunnel() }
    view.last(end.funnel)
    return end
  } finally {
    await watch.stop()
  }
}

/** @returns whether everything is counted: whoever presses Ctrl-C waits for that a little, not for ever */
async function settle(
  system: Pick<CollectingSystem, 'drained'>,
  signal: AbortSignal,
): Promise<boolean> {
  const hurry = new Promise<boolean>((resolve) => {
    const hurryUp = () => setTimeout(resolve, HURRIED_MS_MAX, false).unref()
    if (signal.aborted) hurryUp()
    else signal.addEventListener('abort', hurryUp, { once: true })
  })
  return Promise.race([system.drained().then(() => true), hurry])
}

/** The last 30 days, or all of the history where that is longer. */
function funnelPath({ historyDays }: Plan, nowMs: number): string {
  const from = new Date(nowMs - historyDays * DAY_MS).toISOString().slice(0, 10)
  return `/api/funnel?by=channel${historyDays > 30 ? `&from=${from}` : ''}`
}

/** How the shop sends: every so manieth batch compressed, as a beacon, or twice. */
const HABITS = { gzipEvery: 3, beaconEvery: 10, repeatEvery: 40 }

const PROGRESS_EVERY_MS = 500
// A funnel of a dozen journeys says nothing, unless there are no more.
const WORTH_SHOWING = 100
// Often at first: nobody should wonder whether it works.
const FIRST_SECONDS = 10
const FIRST_FUNNELS_EVERY_MS = 750
const FUNNEL_EVERY_MS = 3_000
// A stop must be over within ten seconds; closing needs some of them.
const HURRIED_MS_MAX = 5_000
