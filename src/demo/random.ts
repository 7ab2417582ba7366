import { hash } from 'node:crypto'

/** Chance that repeats: the same seed gives the same numbers, on every machine. */
export type Random = {
  /** [0, 1) */
  unit(): number
  /** real, [min, max) */
  between(min: number, max: number): number
  /** whole, both ends included */
  int(min: number, max: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  /** one of `choices`, each as likely as its weight among all of them */
  weighted<T>(choices: readonly (readonly [weight: number, value: T])[]): T
  /** positive, with this mean */
  exponential(mean: number): number
  uuid(): string
  /** A stream of its own, so that what one journey draws never moves another. */
  fork(label: string | number): Random
}

/** Seeded through a hash, so that seeds 1 and 2 have nothing in common; then sfc32. */
export function randomFrom(seed: string): Random {
  const words = new Uint32Array(Uint8Array.from(hash('sha256', seed, 'buffer')).buffer)
  let a = words[0]!
  let b = words[1]!
  let c = words[2]!
  let counter = 1

  const word = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  const unit = () => word() / 2 ** 32
  const int = (min: number, max: number) => min + Math.floor(unit() * (max - min + 1))

  return {
    unit,
    int,
    between: (min, max) => min + unit() * (max - min),
    chance: (probability) => unit() < probability,
    pick: (list) => list[int(0, list.length - 1)]!,
    weighted: (choices) => {
      let left = unit() * choices.reduce((sum, [weight]) => sum + weight, 0)
      const found = choices.find(([weight]) => (left -= weight) < 0)
      return (found ?? choices.at(-1)!)[1]
    },
    exponential: (mean) => -Math.log(1 - unit()) * mean,
    uuid: () => uuidOf([word(), word(), word(), word()]),
    fork: (label) => randomFrom(`${seed}/${label}`),
  }
}

function uuidOf(words: readonly number[]): string {
  const hex = words.map((word) => word.toString(16).padStart(8, '0')).join('')
  const variant = '89ab'[Number.parseInt(hex[16]!, 16) & 3]!
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20),
  ].join('-')
}
