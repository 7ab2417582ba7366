import { newestCode, olderThan } from '../../processors/code-mark.ts'
import { type Control, isOfOurCode } from '../../processors/control.ts'
import { ROWS_CODE_VERSION } from '../domain/generation.ts'

export type FormProblem = { message: string; remedy: string }

/** Where this version and the rows that were decided on are not of one form: what that means. */
export function formProblem(control: Control): FormProblem | undefined {
  const { active, building } = control
  const newest = newestCode(control)
  if (newest > ROWS_CODE_VERSION) {
    return { message: olderThan(newest), remedy: 'Start the newer version here.' }
  }
  if (isOfOurCode(building?.generation ?? active)) return undefined
  const message =
    building === undefined
      ? 'This version of Parcours writes rows of another form: figures stand still.'
      : `Generation ${building.generation.number} was begun by an older version of Parcours, in a form of rows that this one does not write: it is never complete.`
  return { message, remedy: 'Run `parcours rebuild` with this version.' }
}
