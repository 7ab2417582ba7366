import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { withoutByteOrderMark } from './domain/byte-order-mark.ts'

export type SettingsFile = { values: Record<string, string | undefined>; problems: string[] }

/**
 * Settings from a file of lines `NAME=value`, under the names that the environment has for them.
 * A name that is none of these is a mistake: nobody but us reads the file.
 */
export function readSettingsFile(path: string, names: readonly string[]): SettingsFile {
  let text: string
  try {
    text = withoutByteOrderMark(readFileSync(path, 'utf8'))
  } catch (cause) {
    const { message } = cause as Error
    return {
      values: {},
      problems: [`PARCOURS_CONFIG names ${path}, which cannot be read: ${message}`],
    }
  }
  const values = parseEnv(text)
  const unknown = Object.keys(values)
    .filter((name) => !names.includes(name))
    .map((name) => `${name} in ${path} is no setting; docs/configuration.md lists them.`)
  return { values, problems: [...strayLines(text, path), ...unknown] }
}

const SETTING_OR_NOTHING = /^\s*(#.*|(export\s+)?\w+\s*=.*)?$/

/** A line that says nothing would be passed over in silence. It is not shown: it may be a secret. */
function strayLines(text: string, path: string): string[] {
  return text
    .split(/\r?\n/)
    .flatMap((line, index) =>
      SETTING_OR_NOTHING.test(line) ? [] : [`Line ${index + 1} of ${path} is not NAME=value.`],
    )
}
