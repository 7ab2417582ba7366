import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { DirectoryLockError, lockDirectory } from '../../src/adapters/directory-lock.ts'

const HOLDER = fileURLToPath(new URL('hold-lock.ts', import.meta.url))
const NOBODY = '65534'

describe('the lock of a data directory', () => {
  let directory: string

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'parcours-lock-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  /** Another process that asks for the lock; what it says, and how to end it. */
  async function other(where = directory, user?: string) {
    const child = spawn(process.execPath, [HOLDER, where, ...(user === undefined ? [] : [user])], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = once(child, 'close')
    onTestFinished(() => void child.kill('SIGKILL'))
    let warnings = ''
    child.stderr.on('data', (chunk: Buffer) => (warnings += chunk.toString()))
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer]
    const kill = async () => {
      child.kill('SIGKILL')
      await ended
    }
    return { said: chunk.toString().trim(), pid: child.pid!, kill, warnings: () => warnings }
  }

  it('is one process alone: another is told who holds it', async () => {
    const holder = await other()
    expect(holder.said).toBe('locked')
    const refused = lockDirectory(directory)
    await expect(refused).rejects.toThrow(DirectoryLockError)
    await expect(refused).rejects.toThrow(
      new RegExp(`${directory} is in use by process ${holder.pid} \\(hold-lock.ts.*Stop it first`),
    )
    expect((await other()).said).toContain(`process ${holder.pid}`)
    await holder.kill()
  })

  it('goes with the process that held it, however that ended', async () => {
    const holder = await other()
    await holder.kill()
    const lock = await lockDirectory(directory)
    expect((await other()).said).toContain(`in use by process ${process.pid}`)
    await lock.release()
    expect((await other()).said).toBe('locked')
  })

  it('is refused to the process that holds it already', async () => {
    const lock = await lockDirectory(directory)
    await expect(lockDirectory(directory)).rejects.toThrow('in use by this process already')
    await expect(lockDirectory(directory)).rejects.toThrow('in use by this process already')
    await lock.release()
    await lock.release()
    await (await lockDirectory(directory)).release()
  })

  it('is held in spite of a damaged note about who holds it', async () => {
    const lock = await lockDirectory(directory)
    writeFileSync(join(directory, 'lock.json'), '{"pid')
    expect((await other()).said).toContain('in use by another process')
    await lock.release()
  })

  it('makes the directory, and prints no warning that a newcomer would wonder about', async () => {
    const holder = await other(join(directory, 'within', 'it'))
    expect(holder.said).toBe('locked')
    await holder.kill()
    expect(holder.warnings()).toBe('')
  })

  it('says so when the directory is read-only', async () => {
    const closed = join(directory, 'closed')
    mkdirSync(closed)
    chmodSync(directory, 0o755)
    chmodSync(closed, 0o555)
    // Root may write anywhere: it becomes nobody for the attempt.
    const { said } = await other(closed, process.getuid?.() === 0 ? NOBODY : undefined)
    expect(said).toContain(`${closed} cannot be used`)
    expect(said).toContain('Make it writable')
  })
})
