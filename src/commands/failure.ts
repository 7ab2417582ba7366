/** What a command ends with: the same numbers for all of them, and `--help` says them. */
export const EXIT = { ok: 0, failure: 1, usage: 2 } as const

/** An expected end of a command: its message is for people, and no stack is shown. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly exitCode: number
  constructor(message: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.exitCode = options.exitCode ?? EXIT.failure
  }
}

export function usageFailure(message: string): CommandFailure {
  return new CommandFailure(message, { exitCode: EXIT.usage })
}
