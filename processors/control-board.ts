import type { Processing } from '../src/ports/processing.ts'
import { CONTROL, type Control, readControl, writeControl } from './control.ts'

/** What was decided, as this process knows it. One process decides; everybody looks. */
export type ControlBoard = {
  readonly current: Control
  /** Looks what was decided by now; true when it is something else. */
  refresh(): Promise<boolean>
  /** Durable when it resolves, and known here. */
  write(control: Control): Promise<void>
}

export function controlBoard(processing: Processing, initial: Control): ControlBoard {
  let current = initial
  return {
    get current() {
      return current
    },
    async refresh() {
      if (!(await processing.refresh(CONTROL))) return false
      current = readControl(processing) ?? current
      return true
    },
    async write(control) {
      await writeControl(processing, control)
      current = control
    },
  }
}
