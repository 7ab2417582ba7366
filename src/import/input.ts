import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable, addAbortSignal, pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ImportFailure } from './failure.ts'

export type Input = {
  /** unpacked */
  chunks: AsyncIterable<Uint8Array>
  /** of the file as it lies there; undefined for a pipe */
  sizeBytes: number | undefined
  /** of the file as it lies there, so far */
  readBytes: () => number
}

/** @param path `-` is stdin; gzip is recognised by its first bytes, whatever the file is called */
export async function openInput(
  path: string,
  { stdin, signal }: { stdin: Readable; signal: AbortSignal },
): Promise<Input> {
  const sizeBytes = path === '-' ? undefined : await sizeOf(path)
  // A pipe may be silent for ever; whoever stops us does not wait for its next byte.
  const source = addAbortSignal(signal, path === '-' ? stdin : createReadStream(path))
  let readBytes = 0
  const counted = (async function* () {
    for await (const chunk of source) {
      const bytes = chunk as Buffer
      readBytes += bytes.length
      yield bytes
    }
  })()
  const { head, whole } = await peek(counted)
  refuseArchives(head, path)
  const chunks = isGzip(head) ? gunzipped(whole, path) : whole
  return { chunks, sizeBytes, readBytes: () => readBytes }
}

/** @throws ImportFailure where the bytes are not of this encoding */
export async function* decoded(
  chunks: AsyncIterable<Uint8Array>,
  encoding: string,
): AsyncGenerator<string> {
  // Replaced characters would be other names and other people: better to stop and ask.
  const decoder = new TextDecoder(encoding, { fatal: true })
  let bytes = 0
  const decode = (chunk: Uint8Array | undefined) => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined })
    } catch (cause) {
      throw new ImportFailure(
        `The file is not ${encoding} text, near byte ${bytes}. ` +
          'Say what it is in the mapping, such as "encoding": "windows-1252".',
        { cause },
      )
    }
  }
  for await (const chunk of chunks) {
    const text = decode(chunk)
    bytes += chunk.length
    if (text !== '') yield text
  }
  const last = decode(undefined)
  if (last !== '') yield last
}

async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new ImportFailure(
      cause.code === 'ENOENT' ? `There is no file ${path}.` : `${path}: ${cause.message}`,
      { cause },
    )
  })
  if (found.isDirectory()) throw new ImportFailure(`${path} is a directory; import takes a file.`)
  return found.isFile() ? found.size : undefined
}

/** A pipe may hand over one byte at a time; the longest mark that is looked for has four. */
async function peek(source: AsyncGenerator<Buffer>) {
  const taken: Buffer[] = []
  let head = Buffer.alloc(0)
  while (head.length < 4) {
    const next = await source.next()
    if (next.done) break
    taken.push(next.value)
    head = Buffer.concat([head, next.value.subarray(0, 4)])
  }
  const whole = (async function* () {
    yield* taken
    yield* source
  })()
  return { head, whole }
}

function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b
}

function gunzipped(packed: AsyncIterable<Uint8Array>, path: string): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip()
  pipeline(Readable.from(packed), gunzip, () => {
    // The reader of `gunzip` meets the error too, and is the one to tell it.
  })
  return (async function* () {
    try {
      for await (const chunk of gunzip) yield chunk as Buffer
    } catch (cause) {
      throw new ImportFailure(
        `${path === '-' ? 'The input' : path} cannot be unpacked: ${(cause as Error).message}. Is it complete?`,
        { cause },
      )
    }
  })()
}

function refuseArchives(head: Buffer, path: string): void {
  // Spreadsheets are zip archives too.
  if (head.subarray(0, 4).toString('latin1') === 'PK\u0003\u0004') {
    throw new ImportFailure(
      `${path} is a zip archive or a spreadsheet. Unpack it, or save the sheet as CSV.`,
    )
  }
}
