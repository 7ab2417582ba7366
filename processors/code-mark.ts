import { ROWS_CODE_VERSION } from '../src/domain/generation.ts'
import type { StateReader, StateWrite } from '../src/ports/processing.ts'
import { pack, unpack } from './codec.ts'
import type { Control } from './control.ts'

/** Which version of the code of rows was at work on a state. */
export type CodeMark = {
  /** @throws Error where a newer version was: it may have let rows stand that this one would take for its own */
  check(): void
  /** What is to be committed with the next transaction; nothing once it was. */
  writes(): StateWrite[]
  /** That transaction was committed. */
  written(): void
}

const KEY = '~code'

export function codeMark(stored: StateReader): CodeMark {
  let isMarked = false
  return {
    check() {
      if (isMarked) return
      const bytes = stored.get(KEY)
      const [code = 0] = (bytes ? unpack(bytes, 'The version of a state') : []) as [number?]
      if (code > ROWS_CODE_VERSION) throw new Error(olderThan(code))
      isMarked = code === ROWS_CODE_VERSION
    },
    writes: () => (isMarked ? [] : [{ key: KEY, value: pack([ROWS_CODE_VERSION]) }]),
    written() {
      isMarked = true
    },
  }
}

/** The newest form of rows that was decided on. */
export function newestCode({ active, building }: Control): number {
  return Math.max(active.settings.rowsCode, building?.generation.settings.rowsCode ?? 0)
}

/** @throws Error where a newer version of Parcours decided */
export function refuseNewer(control: Control): void {
  const newest = newestCode(control)
  if (newest > ROWS_CODE_VERSION) throw new Error(olderThan(newest))
}

export function olderThan(code: number): string {
  return `A newer version of Parcours was at work here: ${formsOf(code)} Start that version, or a later one.`
}

/** Two versions side by side, and what each writes. */
export function formsOf(code: number): string {
  return `it writes rows of form ${code}, this one of form ${ROWS_CODE_VERSION}.`
}
