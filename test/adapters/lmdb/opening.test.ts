import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { open as openLmdb } from 'lmdb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openEmbeddedStore } from '../../../src/adapters/lmdb/embedded-store.ts'
import { everything, record } from '../../contracts/log-reading.ts'

const NOBODY = 65_534
const now = () => 1_700_000_000_000

describe('opening a store', () => {
  let directory: string
  const open = (partitions = {}) => openEmbeddedStore({ directory, partitions, now })
  const file = () => join(directory, 'store.mdb')
  const refusal = () =>
    open().then(
      async (store) => {
        await store.close()
        return undefined
      },
      (error: unknown) => error,
    )
  const fill = async () => {
    const store = await open()
    const value = Buffer.alloc(400)
    const records = Array.from({ length: 50_000 }, (_, index) => ({ key: `d:${index}`, value }))
    await store.log.append('touchpoints', records)
    await store.close()
  }

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'parcours-opening-'))
  })
  afterEach(() => {
    chmodSync(directory, 0o755)
    rmSync(directory, { recursive: true })
  })

  it('makes the directory, and a log with a name of its own and its partitions', async () => {
    const within = join(directory, 'within', 'it')
    const partitions = { touchpoints: 2 }
    const store = await openEmbeddedStore({ directory: within, partitions, now })
    expect(store.log.logId).toMatch(/^[0-9a-f-]{36}$/)
    expect(store.log.partitionsOf('touchpoints')).toBe(2)
    expect(store.log.partitionsOf('attributed')).toBe(4)
    expect(store.log.partitionsOf('rows')).toBe(1)
    await store.close()
  })

  it('refuses another number of partitions than it was made with, and says what to do', async () => {
    await (await open({ touchpoints: 2 })).close()
    await expect(open({ touchpoints: 3 })).rejects.toMatchObject({ retryable: false })
    await expect(open({ touchpoints: 3 })).rejects.toThrow(/in 2 partitions.*are 3.*rebuild/)
    const store = await open({ touchpoints: 2 })
    expect(store.log.partitionsOf('touchpoints')).toBe(2)
    await store.close()
  })

  it('refuses a number of partitions that makes no sense', async () => {
    await expect(open({ rows: 0 })).rejects.toThrow('rows cannot have 0 partitions')
  })

  it('refuses a file that is no store, naming it and the way out', async () => {
    for (const content of ['no store at all', Buffer.alloc(20_000, 7)]) {
      writeFileSync(file(), content)
      const error = await refusal()
      expect(error).toMatchObject({ code: 'corrupt' })
      expect(String(error)).toContain(`${file()} is not a store of Parcours`)
      expect(String(error)).toContain('backup')
    }
  })

  it('refuses the store of another program', async () => {
    const other = openLmdb(file(), { encoding: 'json', overlappingSync: false })
    await other.put('theirs', 1)
    await other.close()
    expect(String(await refusal())).toContain('is not a store of Parcours')
  })

  it('refuses a file that was cut off', async () => {
    await fill()
    truncateSync(file(), 2_000_000)
    const error = await refusal()
    expect(error).toMatchObject({ code: 'corrupt' })
    expect(String(error)).toMatch(/was cut off.*backup/)
  })

  it('refuses a store of a newer format', async () => {
    await (await open()).close()
    await rewriteRecord(file(), (record) => ({ ...record, format: 2 }))
    expect(String(await refusal())).toMatch(/format 2.*newer Parcours/)
  })

  it('refuses a store whose own record is damaged', async () => {
    await (await open()).close()
    await rewriteRecord(file(), () => undefined)
    expect(await refusal()).toMatchObject({ code: 'corrupt' })
  })

  it('goes on with what a process left that was killed while it made the store', async () => {
    const half = openLmdb(file(), { overlappingSync: false, maxDbs: 8 })
    for (const name of ['log', 'meta', 'state']) {
      half.openDB(name, { encoding: 'binary', keyEncoding: 'binary' })
    }
    await half.close()
    expect(await refusal()).toBeUndefined()
  })

  it('tells records that a disk damaged from those that it wrote', async () => {
    const store = await open()
    await store.log.append('rows', [record('one', 'the text of a record')])
    await store.close()
    damage(file(), 'the text of a record')
    const again = await open()
    const reading = everything(again.log, 'rows')
    await expect(reading).rejects.toMatchObject({ code: 'corrupt', retryable: false })
    await expect(reading).rejects.toThrow('rows/0')
    await again.close()
  })

  it('is refused while it is open, in this process too', async () => {
    const store = await open()
    await expect(open()).rejects.toThrow(`${directory} is in use by this process`)
    expect(openedElsewhere(directory)).toContain(`${directory} is in use by process ${process.pid}`)
    await store.close()
    await (await open()).close()
  })

  it('says so when the directory is read-only', () => {
    const closed = join(directory, 'closed')
    mkdirSync(closed)
    chmodSync(directory, 0o755)
    chmodSync(closed, 0o555)
    // Root may write anywhere: it becomes nobody for the attempt.
    const user = process.getuid?.() === 0 ? [`${NOBODY}`] : []
    const said = openedElsewhere(closed, user)
    expect(said).toContain(`${closed} cannot be used`)
    expect(said).toContain('Make it writable')
  })
})

/** What comes of opening a store in another process. */
function openedElsewhere(directory: string, user: readonly string[] = []): string {
  const program = fileURLToPath(new URL('open-as.ts', import.meta.url))
  return execFileSync(process.execPath, [program, directory, ...user], { encoding: 'utf8' })
}

async function rewriteRecord(file: string, change: (record: object) => object | undefined) {
  const root = openLmdb<Buffer, Buffer>(file, { overlappingSync: false, maxDbs: 8 })
  const meta = root.openDB<Buffer, Buffer>('meta', { encoding: 'binary', keyEncoding: 'binary' })
  const key = Buffer.from('store')
  const changed = change(JSON.parse(meta.get(key)!.toString()) as object)
  await meta.put(key, Buffer.from(changed === undefined ? '{"form' : JSON.stringify(changed)))
  await root.close()
  expect(statSync(file).size).toBeGreaterThan(0)
}

function damage(file: string, text: string): void {
  const bytes = readFileSync(file)
  const at = bytes.indexOf(text)
  expect(at).toBeGreaterThan(0)
  bytes.write('T', at)
  writeFileSync(file, bytes)
}
