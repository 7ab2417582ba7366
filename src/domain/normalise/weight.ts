import { TOUCHPOINT_BYTES_MAX } from '../touchpoint.ts'
import { TOUCHPOINT_DEPTH_MAX } from '../touchpoint-limits.ts'
import type { Reading } from './reading.ts'

/** What a value weighs before anything else looks at it. */
export type Weight = {
  /** no fewer than its bytes as compact JSON in UTF-8 */
  bytesAtMost: number
  keys: number
  /** nested beyond the bound; the other figures are then those of a part */
  deep: boolean
  /** it has text or numbers that JSON or UTF-8 cannot carry: half a surrogate pair, 1e999 */
  unsound: boolean
}

/**
 * One walk that never recurses beyond the bound on depth, so nothing after it can either.
 * @param isWellFormed no text in it needs to be looked at: a quarter of the walk
 */
export function weigh(value: object, { isWellFormed }: { isWellFormed: boolean }): Weight {
  const weight = { bytesAtMost: 0, keys: 0, deep: false, unsound: false, isWellFormed }
  addObject(weight, value, 0)
  return weight
}

/**
 * Whether what was read is sound and within all bounds by what reading it has shown, so that it need
 * not be weighed: the walk is a fifth of a normalisation. No known field nests to the bound on depth.
 */
export function isLight(reading: Reading): boolean {
  const { rejection, strays, isPartial, members, characters } = reading
  if (rejection !== undefined || strays !== undefined || isPartial) return false
  // A thousand keys alone would pass it.
  return members * MEMBER_BYTES_MAX + characters * CHARACTER_BYTES_MAX <= TOUCHPOINT_BYTES_MAX
}

type Weighing = Weight & { isWellFormed: boolean }

function addObject(weight: Weighing, value: object, depth: number): void {
  if (depth === TOUCHPOINT_DEPTH_MAX) {
    weight.deep = true
    return
  }
  weight.bytesAtMost += 3
  if (Array.isArray(value)) {
    for (const item of value) add(weight, item, depth)
    return
  }
  // JSON's objects inherit no key; this is the hot path, and Object.entries would copy each.
  for (const key in value) {
    weight.keys += 1
    addText(weight, key)
    add(weight, (value as Record<string, unknown>)[key], depth)
  }
}

function add(weight: Weighing, value: unknown, depth: number): void {
  if (typeof value === 'string') addText(weight, value)
  else if (typeof value === 'object' && value !== null) addObject(weight, value, depth + 1)
  else {
    weight.bytesAtMost += NUMBER_BYTES_MAX
    if (typeof value === 'number' && !Number.isFinite(value)) weight.unsound = true
  }
}

function addText(weight: Weighing, text: string): void {
  weight.bytesAtMost += text.length * CHARACTER_BYTES_MAX + 3
  if (weight.isWellFormed) return
  if (SURROGATE.test(text) && !text.isWellFormed()) weight.unsound = true
}

// A control character is written as \u0000; of everything else a code unit takes three at most.
const CHARACTER_BYTES_MAX = 6
// -1.2345678901234567e-308 and a comma.
const NUMBER_BYTES_MAX = 25
// Finds none in most texts faster than isWellFormed answers.
const SURROGATE = /[\ud800-\udfff]/
// The longest known name, a number or the quotes of a text, and what stands around them.
const MEMBER_BYTES_MAX = 50
