import { readFileSync } from 'node:fs'

const texts = new Map<string, string>()

/**
 * The statement in `queries/NAME.sql` with its slots filled. A slot takes SQL that `filters.ts`
 * composed, never a value: values are bound.
 * @throws Error where a slot stays empty or does not exist
 */
export function sqlOf(name: string, slots: Readonly<Record<string, string>> = {}): string {
  const used = new Set<string>()
  const sql = textOf(name).replaceAll(/\{\{(\w+)\}\}/g, (_, slot: string) => {
    used.add(slot)
    const text = slots[slot]
    if (text === undefined) throw new Error(`queries/${name}.sql: nothing for {{${slot}}}.`)
    return text
  })
  const spare = Object.keys(slots).filter((slot) => !used.has(slot))
  if (spare.length > 0) throw new Error(`queries/${name}.sql has no slot ${spare.join(', ')}.`)
  return sql
}

function textOf(name: string): string {
  let text = texts.get(name)
  if (text === undefined) {
    text = readFileSync(new URL(`./${name}.sql`, import.meta.url), 'utf8')
    texts.set(name, text)
  }
  return text
}
