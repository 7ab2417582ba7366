import { readFileSync } from 'node:fs'
import { CommandFailure } from './failure.ts'

/**
 * The file that a setting names. TLS passes over a file of authorities in which it finds none, and
 * then says of every certificate that nobody knows it.
 * @throws CommandFailure naming the setting
 */
export function readPem(setting: string, path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined
  const expected = 'It is a file with certificates or a key in PEM form.'
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CommandFailure(
      `${setting} names ${path}, which cannot be read: ${reason}. ${expected}`,
      {
        cause,
      },
    )
  }
  if (bytes.includes('-----BEGIN ')) return bytes
  throw new CommandFailure(`${setting} names ${path}, in which there is none. ${expected}`)
}
