/**
 * A record was written by somebody who knows of a later decision than we do. Expected for a moment
 * where several processes work; whoever meets it looks what was decided and tries again.
 */
export class AheadError extends Error {
  override readonly name = 'AheadError'
}
