/** For `node --import`: the next version of Parcours, which names the rule on a step otherwise. */
import { registerHooks } from 'node:module'

const CHANGES = [
  {
    file: '/src/domain/generation.ts',
    from: /(?<=export const ROWS_CODE_VERSION = )\d+/,
    to: (version: string) => String(Number(version) + 1),
  },
  {
    file: '/src/domain/journey-rows.ts',
    from: /(?<=\$\{step\.rule\})/,
    to: () => '-next',
  },
]

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context)
    const change = CHANGES.find(({ file }) => url.endsWith(file))
    if (change === undefined) return loaded
    const source = Buffer.from(loaded.source as Uint8Array).toString()
    if (!change.from.test(source))
      throw new Error(`${url} is not what it was: look at ${import.meta.url}.`)
    return { ...loaded, source: source.replace(change.from, change.to) }
  },
})
