import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openSaying } from '../../bench/support/saying.ts'

let notes: string[]
let statuses: (string | undefined)[]

beforeEach(() => {
  vi.useFakeTimers()
  notes = []
  statuses = []
})

afterEach(() => {
  vi.useRealTimers()
})

function terminal(interactive: boolean) {
  return {
    interactive,
    note: (text: string) => void notes.push(text),
    status: (text: string | undefined) => void statuses.push(text),
  }
}

test('in a log lines are apart, and what is told is what goes on by then', () => {
  const { say, close } = openSaying(terminal(false), 1_000)
  for (const what of ['one', 'two', 'three']) say(what)
  expect(notes).toEqual(['one'])
  vi.advanceTimersByTime(1_000)
  expect(notes).toEqual(['one', 'three'])
  vi.advanceTimersByTime(5_000)
  expect(notes).toEqual(['one', 'three'])
  for (const what of ['four', 'five']) say(what)
  close()
  vi.advanceTimersByTime(5_000)
  expect(notes).toEqual(['one', 'three', 'four'])
})

test('what waits to be told is over when something is told for good', () => {
  const { say, note } = openSaying(terminal(false), 1_000)
  for (const what of ['one', 'two']) say(what)
  note('done')
  vi.advanceTimersByTime(5_000)
  expect(notes).toEqual(['one', 'done'])
})

test('on a terminal every line takes the place of the one before', () => {
  const { say } = openSaying(terminal(true))
  for (const what of ['one', 'two']) say(what)
  expect(statuses).toEqual(['one', 'two'])
  expect(notes).toEqual([])
})
