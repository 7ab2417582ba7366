import { textOf, type Getter, type RawRow } from './columns.ts'
import type { Act, Mapping, Source } from './mapping-schema.ts'
import { looseName } from './mapping.ts'
import { columnsOf, compileCondition, compileSource } from './sources.ts'

type Field = { target: string; get: Getter }

type Choice =
  | {
      kind: 'send'
      act: { type?: string; action?: string }
      fields: Field[]
      /** the columns of `fields` */
      used: readonly string[]
    }
  | { kind: 'skipped'; reason: string }
  | { kind: 'rejected'; code: 'event-unknown'; path: string; message: string }

/** What the row's event name makes of it. */
export function compileEvent(
  { event }: Mapping,
  resolve: (name: string) => Getter,
): (row: RawRow) => Choice {
  if (event === undefined) return () => ({ kind: 'send', act: {}, fields: [], used: [] })
  const compile = (acts: Act[]) =>
    acts.map((act) => ({
      act,
      holds: act.when === undefined ? () => true : compileCondition(act.when, resolve),
      fields: compileFields(act.fields ?? {}, resolve),
      used: Object.values(act.fields ?? {}).flatMap(columnsOf),
    }))
  const nameOf = compileSource({ from: event.from }, resolve)
  const byName = new Map(
    Object.entries(event.names).map(([name, acts]) => [looseName(name), compile(acts)]),
  )
  const otherwise = compile(event.otherwise)
  const column = event.from.join(' or ')

  return (row) => {
    const name = textOf(nameOf(row))
    const found =
      byName.get(looseName(name))?.find(({ holds }) => holds(row)) ??
      otherwise.find(({ holds }) => holds(row))
    if (found?.act.skip) return { kind: 'skipped', reason: `event "${name}"` }
    if (found === undefined || found.act.reject) {
      const message =
        name === ''
          ? `${column} is empty: nothing says what happened.`
          : `The mapping knows no event "${name}". Name it under event.names, or say what becomes of others in event.otherwise.`
      return { kind: 'rejected', code: 'event-unknown', path: column, message }
    }
    const { type, action } = found.act
    return {
      kind: 'send',
      act: { ...(type !== undefined && { type }), ...(action !== undefined && { action }) },
      fields: found.fields,
      used: found.used,
    }
  }
}

export function compileFields(
  fields: Record<string, Source>,
  resolve: (name: string) => Getter,
): Field[] {
  return Object.entries(fields).map(([target, source]) => ({
    target,
    get: compileSource(source, resolve),
  }))
}
