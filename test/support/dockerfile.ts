import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export type Instruction = { name: string; rest: string }

/** The instructions of our Dockerfile, in order, each on one line. */
export function instructions(): Instruction[] {
  const text = readFileSync(join(import.meta.dirname, '../../Dockerfile'), 'utf8')
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#') && line.trim() !== '')
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => {
      const [, name, rest] = /^([A-Z]+) (.*)$/.exec(line)!
      return { name: name!, rest: rest! }
    })
}

/** What the image sets for whatever runs in it. */
export function imageEnvironment(): Record<string, string> {
  const pairs = instructions()
    .filter(({ name }) => name === 'ENV')
    .flatMap(({ rest }) => rest.split(/\s+/))
  return Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]))
}
