/** An import that cannot go on, with what to do about it; single rows are rejected instead. */
export class ImportFailure extends Error {
  override readonly name = 'ImportFailure'
}
