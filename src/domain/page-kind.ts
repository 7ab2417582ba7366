import type { Site } from './site.ts'
import { PATH_CHARACTERS_MAX } from './touchpoint-limits.ts'
import type { PageKind } from './vocabulary.ts'

// A pattern that backtracks takes time that grows with the square of the path, or worse, and a
// stranger chooses the path: longer ones have no kind.
export const PATTERN_PATH_CHARACTERS_MAX = 512

// A shop's pages come again and again; this many paths are a few hundred kilobytes.
const PATHS_REMEMBERED_MAX = 2_000

/**
 * The kind that the site's patterns give a path, the first that matches it as it was sent or as it
 * reads: browsers write `/%C3%A9t%C3%A9` for `/été`, people and their patterns do not.
 * @returns undefined where none does
 */
export function pageKindOf(path: string, site: Pick<Site, 'pages'>): PageKind | undefined {
  if (site.pages.length === 0 || path.length > PATTERN_PATH_CHARACTERS_MAX) return undefined
  const patterns = compiled(site.pages)
  let kind = patterns.kinds.get(path)
  if (kind === undefined) {
    const forms = [...new Set([path, readable(path)])]
    kind =
      patterns.list.find(({ expression }) => forms.some((form) => expression.test(form)))?.kind ??
      null
    if (patterns.kinds.size >= PATHS_REMEMBERED_MAX) patterns.kinds.clear()
    patterns.kinds.set(path, kind)
  }
  return kind ?? undefined
}

/** What stands for another character than itself, such as `%2F`, stays as it is. */
function readable(path: string): string {
  try {
    return decodeURI(path)
  } catch {
    return path
  }
}

/**
 * The path of an absolute or relative URL as it stands there, percent-encoding untouched.
 * @returns undefined for an URL of another form (`mailto:`), or where the path is beyond its bound
 */
export function pathOfUrl(url: string): string | undefined {
  const match = URL_PATH.exec(url)
  if (match === null) return undefined
  const path = match[1] || '/'
  return path.length > PATH_CHARACTERS_MAX ? undefined : path
}

const URL_PATH = /^(?:[A-Za-z][A-Za-z0-9+.-]{0,30}:)?(?:\/\/[^/?#]*)?((?:\/[^?#]*)?)(?:[?#]|$)/

type Compiled = {
  list: { expression: RegExp; kind: PageKind }[]
  kinds: Map<string, PageKind | null>
}

// What a list of patterns says about a path never changes: remembering it keeps this pure.
const compiledBySite = new WeakMap<Site['pages'], Compiled>()

function compiled(pages: Site['pages']): Compiled {
  let found = compiledBySite.get(pages)
  if (found === undefined) {
    const list = pages.map(({ pattern, kind }) => ({ expression: new RegExp(pattern), kind }))
    found = { list, kinds: new Map() }
    compiledBySite.set(pages, found)
  }
  return found
}
