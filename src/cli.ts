// What the launcher runs.
import { CommanderError } from 'commander'
import { CommandFailure, EXIT } from './commands/failure.ts'
import { buildProgram } from './commands/program.ts'

// The launcher's channel closes when the launcher is killed; nobody would stop us then.
process.channel?.unref()
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
// `parcours funnel | head` closes the pipe early, which is its right.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok)
  throw error
})

try {
  await buildProgram().parseAsync()
} catch (error) {
  process.exitCode = tell(error)
}
await Promise.all([flushed(process.stdout), flushed(process.stderr)])
// The warehouse's engine keeps threads that would hold an idle process for seconds.
process.exit()

/** @returns the exit code */
function tell(error: unknown): number {
  // Commander has printed its own; help and version end this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  if (error instanceof CommandFailure) {
    process.stderr.write(`parcours: ${error.message}\n`)
    return error.exitCode
  }
  const stack = error instanceof Error ? error.stack : String(error)
  process.stderr.write(`parcours: a defect, please report it with this text:\n${stack}\n`)
  return EXIT.failure
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve())
  })
}
