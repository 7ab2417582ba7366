import { execFile, spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { EXAMPLE_ORIGIN } from '../../src/http/openapi/part.ts'
import type { Listening } from './openapi-system.ts'

export type Fence = {
  language: string
  text: string
  /** nothing is said between it and the one before: it is what that one gives */
  isAnswer: boolean
}

/** The code of a text in Markdown, in its order. */
export function fencesOf(markdown: string): Fence[] {
  let end = 0
  return [...markdown.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(
    ({ 0: whole, 1: language, 2: text, index }) => {
      const isAnswer = end > 0 && markdown.slice(end, index).trim() === ''
      end = index + whole.length
      return { language: language!, text: text!.trim(), isAnswer }
    },
  )
}

export function commandsOf(markdown: string): string[] {
  return fencesOf(markdown).flatMap(({ language, text }) => (language === 'sh' ? [text] : []))
}

export const cannotCurl = spawnSync('curl', ['--version']).status !== 0

/**
 * Runs a command as it stands, in the directory that `parcours start` would run in.
 * @returns what it printed; a refused request is no failure of the command, as for who copies it
 */
export async function run(command: string, { url, directory }: Listening): Promise<string> {
  await writeFile(join(directory, '.curlrc'), 'silent\nshow-error\n')
  const { stdout } = await promisify(execFile)(
    'bash',
    ['-eo', 'pipefail', '-c', command.replaceAll(EXAMPLE_ORIGIN, url)],
    { cwd: directory, env: { ...process.env, CURL_HOME: directory } },
  )
  return stdout
}

/** How a refusal begins. */
export const PROBLEM = /^\{"type":"about:blank"/
