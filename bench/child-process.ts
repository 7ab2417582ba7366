// What `openChild` starts: one module of `children`, opened here and called over the channel.
import type { Answer, Request } from './support/child.ts'

type Calls = Record<string, (argument: unknown) => unknown>

let calls: Calls = {}

// One call after the other: they are measured, and two at once would measure one another.
let last: Promise<void> = Promise.resolve()
process.on('message', (request: Request) => {
  last = last.then(() => answer(request))
})
// The engine of chDB keeps threads that would hold a process for seconds.
process.once('disconnect', () => process.exit())
// Ctrl-C reaches every process of the terminal; the parent ends us in order, or is gone itself.
process.on('SIGINT', () => undefined)

async function answer({ id, name, argument }: Request): Promise<void> {
  const reply = await resultOf(name, argument).then(
    (result): Answer => ({ id, result }),
    (error: unknown): Answer => ({
      id,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }),
  )
  process.send?.(reply)
}

async function resultOf(name: string, argument: unknown): Promise<unknown> {
  if (name === 'open') {
    const { module, input } = argument as { module: string; input: unknown }
    const { open } = (await import(`./children/${module}.ts`)) as {
      open: (input: unknown) => Promise<Calls>
    }
    calls = await open(input)
    return undefined
  }
  if (name === 'close') return calls.close?.(undefined)
  const call = calls[name]
  if (call === undefined) throw new Error(`It has no call ${name}.`)
  return call(argument)
}
