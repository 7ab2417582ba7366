import { ROW_CHARACTERS_MAX, type FileRow } from './file-row.ts'
import { splitJson, splitLines, type Piece } from './json-pieces.ts'

/**
 * Objects of a file, however they are put together: one a line, several in arrays, in Segment's
 * `{ "batch": [ … ] }`, on one line or spread over many.
 */
export async function* readJson(text: AsyncIterable<string>): AsyncGenerator<FileRow> {
  const { head, whole } = await withHead(text)
  let position = 0
  for await (const piece of isOneALine(head) ? splitLines(whole) : splitJson(whole)) {
    for (const value of valuesOf(piece)) {
      position += 1
      yield value.kind === 'row'
        ? { kind: 'row', position, row: value.row }
        : { ...value, position }
    }
  }
}

type Value =
  | { kind: 'row'; row: Record<string, unknown> }
  | { kind: 'malformed'; code: 'row-malformed' | 'row-too-large'; message: string }

function* valuesOf(piece: Piece): Generator<Value> {
  if (piece.kind === 'too-large') {
    const message = `An object of more than ${ROW_CHARACTERS_MAX} characters.`
    yield { kind: 'malformed', code: 'row-too-large', message }
    return
  }
  let value: unknown
  try {
    value = JSON.parse(piece.text)
  } catch (error) {
    yield { kind: 'malformed', code: 'row-malformed', message: (error as Error).message }
    return
  }
  yield* rowsOf(value)
}

function* rowsOf(value: unknown): Generator<Value> {
  if (Array.isArray(value)) {
    for (const one of value) yield* rowsOf(one)
  } else if (typeof value !== 'object' || value === null) {
    const message = `${JSON.stringify(value)?.slice(0, 100)} is no object.`
    yield { kind: 'malformed', code: 'row-malformed', message }
  } else if ('batch' in value && Array.isArray(value.batch)) {
    yield* rowsOf(value.batch)
  } else {
    yield { kind: 'row', row: value as Record<string, unknown> }
  }
}

/**
 * Line by line, a broken line costs itself only, so that is preferred; a first line that stops in the
 * middle of something belongs to a document over several lines.
 */
function isOneALine(head: string): boolean {
  const end = head.indexOf('\n')
  const line = (end === -1 ? head : head.slice(0, end)).trim()
  if (end === -1 && head.length >= ROW_CHARACTERS_MAX) return false
  try {
    JSON.parse(line)
    return true
  } catch {
    return !/[[{,:]$/.test(line)
  }
}

async function withHead(text: AsyncIterable<string>) {
  const iterator = text[Symbol.asyncIterator]()
  let head = ''
  let ended = false
  while (!head.trimStart().includes('\n') && head.length < ROW_CHARACTERS_MAX) {
    const next = await iterator.next()
    if (next.done) {
      ended = true
      break
    }
    head += next.value
  }
  const whole = (async function* () {
    yield head
    if (!ended) yield* { [Symbol.asyncIterator]: () => iterator }
  })()
  return { head: head.trimStart(), whole }
}
