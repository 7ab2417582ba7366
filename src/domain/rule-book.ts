import type { Kept } from './kept.ts'
import type { Matcher, StageModel } from './stage-model.ts'
import { isOutbound } from './vocabulary.ts'

/** What rules may ask of the journey before the touchpoint in question. */
export type RuleView = {
  /** by stage number, 1-based */
  entered(stage: number): boolean
  /** by index of `RuleBook.counted` */
  counts: readonly number[]
  sameOrderSeen(): boolean
  furthest: number
}

export type Verdict = { rule: string; stage: number; milestone: boolean }

/** A stage model made ready to run: names become numbers, matchers become functions. */
export type RuleBook = {
  stagesCount: number
  quietMs: number
  /** by stage number, 1-based; index 0 is false */
  required: readonly boolean[]
  /** The stage called purchase, 0 where the model has none. */
  purchaseStage: number
  /** What is counted along a journey, for rules that ask how many came before. */
  counted: readonly ((kept: Kept) => boolean)[]
  decide(kept: Kept, view: RuleView): Verdict
}

const DAY_MS = 86_400_000

export function ruleBookOf(model: StageModel): RuleBook {
  const numbers = new Map(model.stages.map(({ id }, index) => [id, index + 1]))
  const counted: ((kept: Kept) => boolean)[] = []
  const counterOf = new Map<string, number>()
  const rules = model.rules.map((rule) => {
    const { entered, notEntered, earlier, sameOrderSeen } = rule.journey ?? {}
    let counter = -1
    if (earlier) {
      const name = JSON.stringify(earlier.match)
      counter = counterOf.get(name) ?? counted.push(anyOf(earlier.match)) - 1
      counterOf.set(name, counter)
    }
    return {
      id: rule.id,
      matches: anyOf(rule.when),
      entered: entered === undefined ? 0 : numbers.get(entered)!,
      notEntered: notEntered === undefined ? 0 : numbers.get(notEntered)!,
      counter,
      atLeast: earlier?.atLeast ?? 0,
      sameOrderSeen,
      // 0: the furthest required stage, else the first
      stage: rule.stage === 'furthest' ? 0 : numbers.get(rule.stage)!,
      milestone: rule.milestone,
    }
  })
  return {
    stagesCount: model.stages.length,
    quietMs: model.quietDays * DAY_MS,
    required: [false, ...model.stages.map(({ optional }) => !optional)],
    purchaseStage: numbers.get('purchase') ?? 0,
    counted,
    decide(kept, view) {
      for (const rule of rules) {
        if (!rule.matches(kept)) continue
        if (rule.entered !== 0 && !view.entered(rule.entered)) continue
        if (rule.notEntered !== 0 && view.entered(rule.notEntered)) continue
        if (rule.counter >= 0 && (view.counts[rule.counter] ?? 0) < rule.atLeast) continue
        if (rule.sameOrderSeen !== undefined && view.sameOrderSeen() !== rule.sameOrderSeen)
          continue
        const milestone =
          typeof rule.milestone === 'boolean'
            ? rule.milestone
            : rule.milestone.action.includes(kept.action)
        const stage = rule.stage === 0 ? Math.max(view.furthest, 1) : rule.stage
        return { rule: rule.id, stage, milestone }
      }
      // The checker demands that the last rule takes anything.
      throw new Error(
        `No rule of the model ${model.name}@${model.version} took ${kept.type}.${kept.action}`,
      )
    },
  }
}

function anyOf(matchers: readonly Matcher[]): (kept: Kept) => boolean {
  const tests = matchers.map(testOf)
  const [only] = tests
  return tests.length === 1 && only ? only : (kept) => tests.some((test) => test(kept))
}

function testOf(matcher: Matcher): (kept: Kept) => boolean {
  const types = matcher.type && new Set<string>(matcher.type)
  const actions = matcher.action && new Set(matcher.action)
  const pageKinds = matcher.pageKind && new Set<string>(matcher.pageKind)
  const { rating, score, outbound } = matcher
  return (kept) =>
    (types === undefined || types.has(kept.type)) &&
    (actions === undefined || actions.has(kept.action)) &&
    (outbound === undefined || isOutbound(kept) === outbound) &&
    (pageKinds === undefined || (kept.pageKind !== undefined && pageKinds.has(kept.pageKind))) &&
    within(kept.rating, rating) &&
    within(kept.score, score)
}

function within(value: number | undefined, range: Matcher['score']): boolean {
  if (range === undefined) return true
  if (value === undefined) return false
  return (
    (range.min === undefined || value >= range.min) &&
    (range.max === undefined || value <= range.max)
  )
}
