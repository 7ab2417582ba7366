import { readFile } from 'node:fs/promises'
import { withoutByteOrderMark } from '../domain/byte-order-mark.ts'
import { parseSite, type Site } from '../domain/site.ts'
import { CommandFailure, EXIT } from './failure.ts'

/**
 * The site that a file describes; without a file the built-in one: UTC, EUR, `ecommerce`.
 * @throws CommandFailure with one line per problem
 */
export async function readSiteFile(path: string | undefined): Promise<Site> {
  if (path === undefined) return parseSite({})
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const { code, message } = cause as NodeJS.ErrnoException
    throw new CommandFailure(
      code === 'ENOENT'
        ? `There is no site file ${path}.`
        : `The site file ${path} cannot be read: ${message}`,
      { exitCode: EXIT.usage, cause },
    )
  })
  let content: unknown
  try {
    content = JSON.parse(withoutByteOrderMark(text))
  } catch (cause) {
    throw new CommandFailure(`The site file ${path} is not JSON: ${(cause as Error).message}`, {
      exitCode: EXIT.usage,
      cause,
    })
  }
  try {
    return parseSite(content)
  } catch (cause) {
    throw new CommandFailure(`${path}: ${(cause as Error).message}`, {
      exitCode: EXIT.usage,
      cause,
    })
  }
}
