// Every word of a closed set is shorter.
const WORD_CHARACTERS_MAX = 60

/** The word of a closed set that `PageView`, `page view`, `page-view` or ` PAGE_VIEW ` stands for. */
export function closest<Word extends string>(
  value: unknown,
  known: ReadonlyMap<unknown, Word>,
): Word | undefined {
  if (typeof value !== 'string' || value.length > WORD_CHARACTERS_MAX) return undefined
  const trimmed = value.trim()
  return (
    known.get(snake(trimmed)) ?? known.get(snake(trimmed.replace(/([a-z\d])([A-Z])/g, '$1_$2')))
  )
}

function snake(text: string): string {
  return text.toLowerCase().replace(/[\s-]+/g, '_')
}
