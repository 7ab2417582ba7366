import { access, constants, mkdir } from 'node:fs/promises'
import { usageFailure } from '../../src/commands/failure.ts'

/**
 * Makes the directory that profiles go to: Node would tell that it cannot only when all is measured.
 * @throws CommandFailure where it cannot be made or written
 */
export async function openProfiles(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true })
    await access(path, constants.W_OK)
    return path
  } catch (error) {
    const { message } = error as Error
    throw usageFailure(`Profiles cannot go to ${path}: ${message}. Name another with --profile.`)
  }
}
