/** A piece of a statement: `code` outside of literals, quoted names and comments, or one of these. */
export type Piece = { kind: 'code' | 'quoted' | 'comment'; text: string }

/**
 * A statement in pieces whose texts put together are the statement. ClickHouse's own lexer decides
 * what a string, a quoted name or a comment is; a placeholder means something in `code` only.
 * @throws Error where a quote or a comment is not closed
 */
export function piecesOf(sql: string): Piece[] {
  const pieces: Piece[] = []
  let at = 0
  let codeFrom = 0
  while (at < sql.length) {
    const end = endOfSpecial(sql, at)
    if (end === undefined) {
      at++
      continue
    }
    if (codeFrom < at) pieces.push({ kind: 'code', text: sql.slice(codeFrom, at) })
    const text = sql.slice(at, end)
    pieces.push({ kind: /^['"`$]/.test(text) ? 'quoted' : 'comment', text })
    at = end
    codeFrom = end
  }
  if (codeFrom < sql.length) pieces.push({ kind: 'code', text: sql.slice(codeFrom) })
  return pieces
}

/** Where the literal, quoted name or comment that starts at `at` ends; undefined where none starts. */
function endOfSpecial(sql: string, at: number): number | undefined {
  const first = sql[at]!
  if (first === "'" || first === '"' || first === '`') return endOfQuote(sql, at, first)
  const two = sql.slice(at, at + 2)
  if (two === '--' || two === '# ' || two === '#!') return endOfLine(sql, at)
  if (two === '/*') return after(sql, '*/', at + 2)
  if (first === '$') {
    const tag = /^\$\w*\$/.exec(sql.slice(at, at + 64))?.[0]
    if (tag !== undefined) return after(sql, tag, at + tag.length)
  }
  return undefined
}

function endOfQuote(sql: string, from: number, quote: string): number {
  for (let at = from + 1; at < sql.length; at++) {
    if (sql[at] === '\\') at++
    else if (sql[at] === quote) {
      // A doubled quote is one of the text.
      if (sql[at + 1] === quote) at++
      else return at + 1
    }
  }
  throw new Error(`A ${quote} is never closed in the statement: ${sql.slice(from, from + 80)}`)
}

function endOfLine(sql: string, from: number): number {
  const end = sql.indexOf('\n', from)
  return end < 0 ? sql.length : end
}

function after(sql: string, mark: string, from: number): number {
  const at = sql.indexOf(mark, from)
  if (at < 0) throw new Error(`${mark} is missing in the statement: ${sql.slice(from, from + 80)}`)
  return at + mark.length
}
