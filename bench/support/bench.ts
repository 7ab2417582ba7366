import type { ChildOptions } from './child.ts'
import type { Row } from './row.ts'
import type { Scratch } from './scratch.ts'

/** What a measure has to work with. */
export type Bench = ChildOptions & {
  scratch: Scratch
  /** the large sizes too */
  full: boolean
  /** Tells whoever watches what is going on. */
  say: (what: string) => void
  /** The same, for what has to stand there until the end. */
  note: (what: string) => void
}

export type Measure = {
  /** for `--only` */
  name: string
  /** what it answers, for `--help` */
  summary: string
  run(bench: Bench): Promise<Row[]>
}
