import type { GenerationSettings } from './generation.ts'
import type { StageModel } from './stage-model.ts'

/** What will be different in the figures under new settings, one sentence each; empty for no change. */
export function settingsChanges(before: GenerationSettings, after: GenerationSettings): string[] {
  const changes: string[] = []
  if (before.timeZone !== after.timeZone) {
    changes.push(`Days are those of ${after.timeZone} instead of ${before.timeZone}.`)
  }
  if (before.currency !== after.currency) {
    changes.push(`Values are in ${after.currency} instead of ${before.currency}.`)
  }
  for (const currency of new Set([...currenciesOf(before), ...currenciesOf(after)])) {
    const [old, now] = [rateOf(before, currency), rateOf(after, currency)]
    if (old === now) continue
    if (now === undefined)
      changes.push(`Orders in ${currency} no longer have a rate and are left out.`)
    else if (old === undefined) changes.push(`Orders in ${currency} count, at ${now}.`)
    else changes.push(`The rate of ${currency} is ${now} instead of ${old}.`)
  }
  changes.push(...modelChanges(before.model, after.model))
  if (before.rowsCode !== after.rowsCode) {
    changes.push(
      `This version of Parcours writes rows of form ${after.rowsCode} instead of ${before.rowsCode}.`,
    )
  }
  return changes
}

function currenciesOf({ currency, rates }: GenerationSettings): string[] {
  return [currency, ...Object.keys(rates)]
}

/** An amount in the site's own currency counts as it stands: one that is no longer the site's needs a rate. */
function rateOf(
  { currency: own, rates }: GenerationSettings,
  currency: string,
): string | undefined {
  return currency === own ? '1' : rates[currency]
}

function modelChanges(before: StageModel, after: StageModel): string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return []
  const changes: string[] = []
  const [old, now] = [`${before.name}@${before.version}`, `${after.name}@${after.version}`]
  if (old !== now) changes.push(`The stage model is ${now} instead of ${old}.`)
  if (before.quietDays !== after.quietDays) {
    changes.push(
      `A journey ends after ${after.quietDays} quiet days instead of ${before.quietDays}.`,
    )
  }
  for (const [kind, items] of [
    ['Stage', { before: before.stages, after: after.stages }],
    ['Rule', { before: before.rules, after: after.rules }],
  ] as const) {
    changes.push(...listChanges(kind, items.before, items.after))
  }
  return changes
}

function listChanges(
  kind: string,
  before: readonly { id: string }[],
  after: readonly { id: string }[],
): string[] {
  const old = new Map(before.map((item) => [item.id, JSON.stringify(item)]))
  const now = new Map(after.map((item) => [item.id, JSON.stringify(item)]))
  const changes: string[] = []
  for (const [id, text] of now) {
    if (!old.has(id)) changes.push(`${kind} ${id} is new.`)
    else if (old.get(id) !== text) changes.push(`${kind} ${id} is another.`)
  }
  for (const id of old.keys()) if (!now.has(id)) changes.push(`${kind} ${id} is gone.`)
  const kept = (ids: Iterable<string>, others: ReadonlyMap<string, string>) =>
    [...ids].filter((id) => others.has(id)).join()
  if (kept(old.keys(), now) !== kept(now.keys(), old))
    changes.push(`${kind}s stand in another order.`)
  return changes
}
