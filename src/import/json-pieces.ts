import { ROW_CHARACTERS_MAX } from './file-row.ts'

/** The text of one JSON value, or that there was one too large to hold. */
export type Piece = { kind: 'text'; text: string } | { kind: 'too-large' }

/** Lines that are not blank. */
export async function* splitLines(text: AsyncIterable<string>): AsyncGenerator<Piece> {
  let line = new Collected()
  for await (const chunk of text) {
    let start = 0
    for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', start)) {
      line.add(chunk.slice(start, end))
      start = end + 1
      if (!line.isBlank()) yield line.piece()
      line = new Collected()
    }
    line.add(chunk.slice(start))
  }
  if (!line.isBlank()) yield line.piece()
}

/**
 * The objects of a document of any size, one at a time: those of lists, those beside one another, and
 * those of `"batch": [ … ]`. What stands between them, an envelope's other members too, is passed over.
 */
export async function* splitJson(text: AsyncIterable<string>): AsyncGenerator<Piece> {
  let row: Collected | undefined
  let depth = 0
  // The depth at which rows stand: one more in a list, two more in a batch.
  let rowDepth = 0
  let inBatch = false
  let inString = false
  let escaped = false
  for await (const chunk of text) {
    let start = 0
    for (let at = 0; at < chunk.length; at += 1) {
      const character = chunk[at]
      if (inString) {
        if (escaped) escaped = false
        else if (character === '\\') escaped = true
        else if (character === '"') inString = false
      } else if (character === '"') {
        inString = true
      } else if (character === '{') {
        if (row === undefined && depth === rowDepth) {
          row = new Collected()
          start = at
        }
        depth += 1
      } else if (character === '[') {
        const isBatch =
          depth === rowDepth + 1 && row?.endsWithBatchName(chunk.slice(start, at)) === true
        if (isBatch) {
          row = undefined
          inBatch = true
        }
        if (isBatch || (row === undefined && depth === rowDepth)) rowDepth = depth + 1
        depth += 1
      } else if (character === '}' || character === ']') {
        depth = Math.max(0, depth - 1)
        if (row !== undefined && depth === rowDepth) {
          row.add(chunk.slice(start, at + 1))
          yield row.piece()
          row = undefined
        } else if (row === undefined && depth < rowDepth) {
          // Behind a batch the rest of its envelope holds no rows.
          rowDepth = inBatch ? depth - 1 : depth
          inBatch = false
        }
      }
    }
    row?.add(chunk.slice(start))
  }
  if (row !== undefined) yield row.piece()
}

/** Text put together from chunks, up to the size that is worth reading. */
class Collected {
  #text = ''
  #tooLarge = false

  add(text: string): void {
    if (this.#tooLarge) return
    if (this.#text.length + text.length > ROW_CHARACTERS_MAX) {
      this.#tooLarge = true
      this.#text = ''
    } else this.#text += text
  }

  /** Whether a list that starts here is a batch of rows. */
  endsWithBatchName(more: string): boolean {
    return /"batch"\s*:\s*$/.test(
      (this.#text.slice(-BATCH_NAME_CHARACTERS) + more).slice(-BATCH_NAME_CHARACTERS),
    )
  }

  isBlank(): boolean {
    return !this.#tooLarge && this.#text.trim() === ''
  }

  piece(): Piece {
    return this.#tooLarge ? { kind: 'too-large' } : { kind: 'text', text: this.#text }
  }
}

// `"batch"` and a colon with room for the spaces of any printer.
const BATCH_NAME_CHARACTERS = 64
