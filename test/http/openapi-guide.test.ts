import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KEY, startServer } from '../ingest/server.ts'
import { cannotCurl, fencesOf, PROBLEM, run } from './openapi-commands.ts'
import { type Listening, startSystem } from './openapi-system.ts'

const guide = readFileSync(join(import.meta.dirname, '../../docs/http-api.md'), 'utf8')
const fences = fencesOf(guide)
const sender = fences.find(({ language }) => language === 'js')!.text

let system: Listening
beforeAll(async () => {
  system = await startSystem()
  writeFileSync(join(system.directory, 'send.mjs'), sender)
})
afterAll(() => system.end())

describe.skipIf(cannotCurl)('the guide to the API, command by command', () => {
  const shown = fences.map((fence, index) => ({ ...fence, answer: fences[index + 1] }))
  const [setUp, ...commands] = shown.filter(({ language }) => language === 'sh')
  const printed = async (command: string) => {
    await system.drained()
    return run(`${setUp!.text}\n${command}`, system)
  }

  it.each(commands.filter(({ answer }) => answer?.isAnswer))('$text', async ({ text, answer }) => {
    const real = JSON.parse(await printed(text)) as unknown
    expect(differences(JSON.parse(answer!.text), real)).toEqual([])
  })

  it.each(commands.filter(({ answer }) => !answer?.isAnswer))('$text', async ({ text }) => {
    const answer = await printed(text)
    expect(answer).not.toBe('')
    expect(answer).not.toMatch(PROBLEM)
  })

  it('the receipt that it shows is the one of its first funnel', async () => {
    const receiptShown = fences
      .filter(({ language }) => language === 'json')
      .map(({ text }) => JSON.parse(text) as object)
      .find((value) => 'rowsRead' in value)
    const { text } = commands.find(({ text }) => text.includes('/api/funnel'))!
    const { receipt } = JSON.parse(await printed(text)) as { receipt: object }
    expect(differences(receiptShown, receipt)).toEqual([])
  })
})

describe('the sender of the guide', async () => {
  const load = async () => {
    const module = pathToFileURL(join(system.directory, 'send.mjs')).href
    return (await import(/* @vite-ignore */ module)) as {
      send: (touchpoints: object[], to: { collector: string; writeKey: string }) => Promise<object>
    }
  }
  const touchpoints = [{ id: 'one', type: 'page_view', anonymousId: 'device' }]

  it('sends the same again until it is accepted', async () => {
    let refusals = 2
    const server = await startServer({
      admission: () =>
        refusals-- > 0 ? { ok: false, retryAfterSeconds: 0, message: 'Not now.' } : { ok: true },
    })
    const { send } = await load()
    const answer = await send(touchpoints, { collector: server.url, writeKey: KEY })
    expect(answer).toEqual({ accepted: 1, rejected: [] })
    expect(server.touchpoints().map(({ id }) => id)).toEqual(['one'])
    expect(refusals).toBe(-1)
    await server.close()
  })

  it('does not send again what is refused for good', async () => {
    const { send } = await load()
    const collector = `${system.url}/v1/touchpoints`
    await expect(send(touchpoints, { collector, writeKey: 'wrong' })).rejects.toThrow(
      'write-key-unknown',
    )
  })
})

/** Where an answer is not what the guide shows, which has `…` for what differs every time. */
function differences(shown: unknown, answer: unknown, at = 'answer'): string[] {
  if (shown === '…') return []
  if (
    typeof shown !== 'object' ||
    typeof answer !== 'object' ||
    shown === null ||
    answer === null
  ) {
    return shown === answer ? [] : [`${at} is ${String(answer)}, not ${String(shown)}`]
  }
  const keys = new Set([...Object.keys(shown), ...Object.keys(answer)])
  return [...keys].flatMap((key) =>
    differences((shown as never)[key], (answer as never)[key], `${at}.${key}`),
  )
}
