/**
 * What a crash of the machine would leave: the system calls of a real process, traced. Killing it
 * cannot show this, for the page cache outlives a process.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { send, untilDrained } from '../support/api.ts'
import { dataDirectory, temporaryDirectory } from '../support/data-directory.ts'
import { pidOf, startParcours } from '../support/real-process.ts'
import { cannotTrace, isFlush, parseTrace, type SystemCall } from '../support/system-calls.ts'

const reason = cannotTrace()
if (reason !== undefined) console.log(`skipped: durability is not traced, ${reason}`)

const TIMEOUT = { timeout: 600_000 }
const TRACED =
  'openat,fsync,fdatasync,msync,sync_file_range,write,writev,pwrite64,pwritev,sendto,sendmsg,rename,renameat,renameat2'
// A page of the log's file, and several of them written at once.
const TEXT_BYTES = 131_072

describe.skipIf(reason !== undefined)('traced system calls', () => {
  test(
    'a 202 is written after the touchpoint, or the dead letter, is flushed to the log',
    TIMEOUT,
    async () => {
      const marks = ['first-of-three', 'refused-of-three', 'last-of-three']
      const { data, calls } = await traced(async (url) => {
        for (const mark of marks) {
          const type = mark.startsWith('refused') ? 'no such type' : 'page_view'
          const { status } = await send(url, [{ type, anonymousId: 'a', properties: { mark } }])
          expect(status).toBe(202)
        }
      })
      const store = join(data, 'log', 'store.mdb')
      const answers = calls.filter(({ text }) => text.includes('HTTP/1.1 202'))
      expect(answers.length).toBe(marks.length)
      for (const [index, mark] of marks.entries()) {
        const written = calls.find(({ file, text }) => file === store && text.includes(mark))!
        const flushed = calls.find(
          (call) => call.file === store && isFlush(call) && call.began > written.ended,
        )!
        const committed = headersOf(calls, store).find(({ began }) => began > flushed.ended)!
        expect(written.result).toBeGreaterThan(0)
        expect(committed.result).toBeGreaterThan(0)
        expect(committed.ended).toBeLessThan(answers[index]!.began)
      }
    },
  )

  test(
    'a position moves past rows of the warehouse after every file of their parts is flushed',
    TIMEOUT,
    async () => {
      const { data, calls } = await traced(async (url) => {
        const order = { type: 'order', anonymousId: 'a', customerId: 'c', order: { value: '10' } }
        expect((await send(url, [order])).status).toBe(202)
        await untilDrained(url)
      })
      const store = join(data, 'log', 'store.mdb')
      const isInsert = ({ name, text }: SystemCall) =>
        name === 'openat' && text.includes('/tmp_insert_') && /O_WRONLY|O_RDWR/.test(text)
      // The schema's own rows came before; these begin after the chunk's bounds are recorded.
      const recorded = calls.findIndex(
        ({ file, text }) => file === store && holds(text, 'warehouse\0\0\0bounds'),
      )
      expect(recorded).toBeGreaterThan(0)
      const inserts = calls.filter((call, index) => index > recorded && isInsert(call))
      const bounds = headersOf(calls, store).find(({ began }) => began > calls[recorded]!.ended)!
      expect(bounds.ended).toBeLessThan(inserts[0]!.began)

      // One chunk, or several: what the steps write comes as fast as the machine is.
      const moves = new Map<number, SystemCall>()
      for (const call of calls.filter(({ file }) => file === store)) {
        const to = numberAfter(call.text, 'position/warehouse/rows/0')
        if (to > 0 && !moves.has(to)) moves.set(to, call)
      }
      const names = finalNames(calls)
      let written = new Set<string>()
      let tokens: SystemCall[] = []
      for (const moved of moves.values()) {
        const before = inserts.filter(({ began }) => began < moved.began)
        written = new Set(before.map(({ text }) => /"([^"]*)"/.exec(text)![1]!))
        const flushes = calls.filter((call) => isFlush(call) && call.ended < moved.began)
        const unflushed = [...written].filter((path) => {
          const last = calls.findLast(({ file, name }) => file === path && name.includes('write'))
          return !flushes.some(
            ({ file = '', began }) =>
              (file === path || file === names(path)) && began > (last?.ended ?? 0),
          )
        })
        expect(unflushed).toEqual([])
        // By them ClickHouse would know the chunk again.
        tokens = flushes.filter(
          ({ file, began }) => file?.includes('deduplication_log') && began > inserts[0]!.began,
        )
      }
      expect(tablesOf(written)).toBeGreaterThanOrEqual(5)
      expect(tokens.length).toBeGreaterThanOrEqual(5)
    },
  )
})

async function traced(
  task: (url: string) => Promise<void>,
): Promise<{ data: string; calls: SystemCall[] }> {
  const { data } = await dataDirectory()
  const trace = join(await temporaryDirectory(), 'trace')
  const options = ['-f', '-y', '-s', String(TEXT_BYTES), '-o', trace, '-e', `trace=${TRACED}`]
  const life = startParcours({ data, through: ['strace', ...options] })
  await task(await life.running)
  // Not to strace, which would leave it to itself.
  process.kill(pidOf(data), 'SIGTERM')
  expect(await life.ended).toMatchObject({ code: 0 })
  return { data, calls: parseTrace(await readFile(trace, 'utf8')) }
}

/** LMDB writes a transaction's header through a descriptor whose writes wait for the disk. */
function headersOf(calls: readonly SystemCall[], store: string): SystemCall[] {
  const { result } = calls.find(
    ({ name, text }) => name === 'openat' && text.includes(store) && text.includes('O_DSYNC'),
  )!
  return calls.filter(({ text }) => text.startsWith(`${result}<`))
}

/** A part is written under one name and then gets another, with all that is in it. */
function finalNames(calls: readonly SystemCall[]): (path: string) => string {
  const renames = calls
    .filter(({ name }) => name.startsWith('rename'))
    .map(({ text }) => [...text.matchAll(/"([^"]*)"/g)].map((match) => match[1]!))
  return (path) => {
    const rename = renames.find(([from]) => path.startsWith(`${from!.replace(/\/$/, '')}/`))
    if (rename === undefined) return path
    const [from, to] = rename.map((name) => name.replace(/\/$/, '')) as [string, string]
    return to + path.slice(from.length)
  }
}

function tablesOf(paths: ReadonlySet<string>): number {
  return new Set([...paths].map((path) => path.slice(0, path.indexOf('/tmp_insert_')))).size
}

function holds(text: string, bytes: string): boolean {
  return stringsIn(text).some((written) => written.includes(bytes))
}

/** The number that stands after a key in any page of what was written; 0 where the key is in none. */
function numberAfter(text: string, key: string): number {
  return Math.max(
    0,
    ...stringsIn(text).flatMap((page) => {
      const at = page.indexOf(key)
      return at < 0 ? [] : [Number(page.readBigUInt64BE(at + key.length))]
    }),
  )
}

/** The strings of a call, as bytes: strace writes them as C does. */
function stringsIn(text: string): Buffer[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"/gs)].map(([, escaped = '']) =>
    Buffer.from(
      escaped.replaceAll(/\\([0-7]{1,3}|.)/gs, (_, code: string) =>
        /^[0-7]/.test(code) ? String.fromCharCode(Number.parseInt(code, 8)) : (C[code] ?? code),
      ),
      'latin1',
    ),
  )
}

const C: Partial<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  f: '\f',
}
