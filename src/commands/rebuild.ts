import { createInterface } from 'node:readline/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { RebuildState } from './rebuild-state.ts'
import { readJson, refusalOf, type ApiClient } from './api-client.ts'
import { command, dataOption, examples, jsonOption, type Context } from './context.ts'
import { CommandFailure, EXIT, usageFailure } from './failure.ts'
import { listenForInterruption } from './interruption.ts'
import { openClient } from './open-client.ts'
import { startProgress } from './progress.ts'

type RebuildOptions = { yes?: boolean; deep?: boolean; json?: boolean; data?: string }

const POLL_MS = 500
// Where another process decides, it hears of the request a moment later, or when it is started.
const BEGIN_MS_MAX = 30_000

const NOBODY_BEGINS = `Nobody has begun it within ${BEGIN_MS_MAX / 1_000} s: that is for "parcours warehouse", or "parcours start", wherever it runs. The request is kept, and taken up when one is started.`

export function registerRebuild(program: Command): void {
  program
    .command('rebuild')
    .description(
      'write all rows anew with the settings of now, beside the old ones, then switch to them',
    )
    .option('--yes', 'do not ask')
    .option(
      '--deep',
      'work everything out again from the touchpoints; mends a record that cannot be read',
    )
    .addOption(jsonOption())
    .addOption(dataOption())
    .addHelpText(
      'after',
      examples(['parcours rebuild', 'PARCOURS_SITE=site.json parcours rebuild --yes']),
    )
    .action(command<[], RebuildOptions>(rebuild))
}

async function rebuild(
  context: Context,
  { yes, deep = false, json }: RebuildOptions,
): Promise<number> {
  const { terminal } = context
  const { client, system, isAsked, close } = await openClient(context)
  try {
    system?.start()
    const before = await stateOf(client)
    if (before.running === undefined || !isWhatIsAsked(before, { deep })) {
      terminal.note(introduction(before))
      // The file may have been edited since: only a start reads it.
      if (isAsked) terminal.note('The running process read its site file when it started.')
      if (!yes && !(await agreed())) return EXIT.ok
      await begin(client, { deep })
    } else {
      terminal.note(`Generation ${before.running.generation} is being built already; following it.`)
    }
    const leaving = system === undefined ? 'The rebuild goes on without you.' : 'Stopping.'
    const after = await follow(context, client, { active: before.active, leaving })
    if (json) terminal.print(JSON.stringify(after, null, 2))
    else terminal.print(`Figures are of generation ${after.active} now.`)
    return EXIT.ok
  } finally {
    await close()
  }
}

/** Whether to follow what is under way does; else another takes its place. */
function isWhatIsAsked(
  { running, pendingChanges, needsRebuild }: RebuildState,
  { deep }: { deep: boolean },
): boolean {
  const isDeepEnough = !deep || running?.isDeep === true
  return isDeepEnough && pendingChanges.length === 0 && !needsRebuild
}

function introduction(state: RebuildState): string {
  const { running } = state
  const replaces =
    running === undefined
      ? ''
      : `Generation ${running.generation} is being built; another takes its place.\n`
  return replaces + whatChanges(state)
}

function whatChanges({ active, running, pendingChanges, needsRebuild }: RebuildState): string {
  if (needsRebuild)
    return 'Log and warehouse do not go together: all rows are written anew from what the log holds.'
  if (pendingChanges.length === 0) {
    const since = running?.generation ?? active
    return `No setting changed since generation ${since}: the same rows are written anew.`
  }
  return ['What changes:', ...pendingChanges.map((change) => `  ${change}`)].join('\n')
}

async function agreed(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw usageFailure('Nobody is here to ask. Say --yes to rebuild without asking.')
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await lines.question(
      'Figures stay as they are until it is complete. Rebuild? [y/N] ',
    )
    return /^\s*[yo]/i.test(answer)
  } finally {
    lines.close()
  }
}

async function begin(client: ApiClient, { deep }: { deep: boolean }): Promise<void> {
  const path = deep ? '/api/rebuild?deep=true' : '/api/rebuild'
  const answer = await client.request({ method: 'POST', path, as: 'reader' })
  if (answer.status !== 202) throw await refusalOf(answer, client)
  await answer.text()
}

/** A rebuild that is left goes on: in the running process at once, else at the next start. */
async function follow(
  { terminal }: Context,
  client: ApiClient,
  { active, leaving }: { active: number; leaving: string },
): Promise<RebuildState> {
  const interruption = listenForInterruption(() => terminal.note(leaving))
  const progress = startProgress(terminal, { label: 'rebuild', unit: 'people' })
  let hasBegun = false
  const beginsUntilMs = performance.now() + BEGIN_MS_MAX
  try {
    for (;;) {
      const state = await stateOf(client)
      if (state.running === undefined) {
        if (state.active !== active) return state
        if (!hasBegun && performance.now() > beginsUntilMs) throw new CommandFailure(NOBODY_BEGINS)
        if (hasBegun) {
          throw new CommandFailure('The rebuild ended without a new generation. The log says why.')
        }
        await sleep(POLL_MS, undefined, { signal: interruption.signal })
        continue
      }
      hasBegun = true
      const [problem] = state.running.problems
      if (problem !== undefined) {
        throw new CommandFailure(
          `The rebuild stands still. ${problem} Mend that, start the process again, and it goes on.`,
        )
      }
      progress.update({ done: state.running.peopleDone, total: state.running.peopleTotal })
      await sleep(POLL_MS, undefined, { signal: interruption.signal })
    }
  } catch (error) {
    if (!interruption.signal.aborted) throw error
    throw new CommandFailure('It is not complete. "parcours rebuild" follows it again.', {
      cause: error,
    })
  } finally {
    progress.stop()
    interruption.dispose()
  }
}

function stateOf(client: ApiClient): Promise<RebuildState> {
  return readJson<RebuildState>(client, '/api/rebuild')
}
