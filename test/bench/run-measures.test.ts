import { fork } from 'node:child_process'
import { existsSync, mkdtempSync, rmdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Bench, Measure } from '../../bench/support/bench.ts'
import { plainRow } from '../../bench/support/row.ts'
import { runMeasures } from '../../bench/support/run-measures.ts'
import { openScratch, type Scratch } from '../../bench/support/scratch.ts'

let parent: string
let scratch: Scratch
let notes: string[]

beforeEach(async () => {
  parent = mkdtempSync(join(tmpdir(), 'parcours-test-bench-'))
  scratch = await openScratch(parent)
  notes = []
})

afterEach(() => {
  scratch.remove()
  // Not recursive: nothing may be left.
  rmdirSync(parent)
})

function benchWith(signal: AbortSignal): Bench {
  const note = (what: string) => void notes.push(what)
  return { scratch, full: false, signal, say: () => undefined, note }
}

const GOOD: Pick<Measure, 'name' | 'run'> = {
  name: 'good',
  run: async () => [plainRow({ measure: 'a row', unit: 'ms', better: 'less' }, [1])],
}

test('a measure that fails says so, with its error and where its data was, and takes no other row along', async () => {
  const bad = {
    name: 'bad',
    run: () => Promise.reject(new Error('no space left')),
  }
  const { rows, failed } = await runMeasures([GOOD, bad, GOOD], benchWith(AbortSignal.any([])))
  expect(rows).toHaveLength(2)
  expect(failed).toEqual(['bad'])
  expect(notes.find((note) => note.startsWith('bad failed'))).toMatch(
    new RegExp(`no space left[^]*${scratch.root}, where .* are free; --directory`),
  )
})

test('what a failed measure left, processes and data, is gone before the next begins', async () => {
  const left = { directory: '', pid: 0 }
  const isAlive = () => {
    try {
      return process.kill(left.pid, 0)
    } catch {
      return false
    }
  }
  const bad = {
    name: 'bad',
    async run({ signal, started, scratch }: Bench) {
      left.directory = await scratch.directory('left')
      writeFileSync(join(left.directory, 'file'), 'data')
      const child = fork('-', [], { execArgv: ['-e', 'setInterval(() => {}, 1000)'], signal })
      child.on('error', () => undefined)
      left.pid = child.pid!
      started!(new Promise((resolve) => child.once('exit', () => resolve())))
      throw new Error('It failed.')
    },
  }
  const next = {
    name: 'next',
    async run() {
      expect(isAlive()).toBe(false)
      expect(existsSync(left.directory)).toBe(false)
      return []
    },
  }
  const { failed } = await runMeasures([bad, next], benchWith(AbortSignal.any([])))
  expect(failed).toEqual(['bad'])
})

test('stopped by a signal, it keeps the rows that it has, begins nothing more, and nothing failed', async () => {
  const controller = new AbortController()
  const interrupted = {
    name: 'interrupted',
    async run({ signal }: Bench): Promise<never> {
      controller.abort(new Error('stopped'))
      signal.throwIfAborted()
      throw new Error('It went on.')
    },
  }
  const { rows, failed } = await runMeasures(
    [GOOD, interrupted, GOOD],
    benchWith(controller.signal),
  )
  expect(rows).toHaveLength(1)
  expect(failed).toEqual([])
})
