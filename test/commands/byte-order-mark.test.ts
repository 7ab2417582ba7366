import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../support/data-directory.ts'
import { runCli } from './run-cli.ts'

describe('a byte order mark, as editors on Windows write it, is no part of', () => {
  let home = ''
  beforeEach(async () => {
    home = await temporaryDirectory()
  })

  async function marked(name: string, text: string): Promise<string> {
    const path = join(home, name)
    await writeFile(path, `\uFEFF${text}`)
    return path
  }

  it('a site file', async () => {
    const { code, stderr } = await runCli(['site', 'check', await marked('site.json', '{}')])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  it('a settings file', async () => {
    const PARCOURS_CONFIG = await marked('parcours.env', 'PARCOURS_PORT=7\n')
    const env = { PARCOURS_CONFIG, PARCOURS_DATA: join(home, 'data') }
    const { code, stderr } = await runCli(['doctor'], { env })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  it('a mapping, nor of the file that is imported', async () => {
    const mapping = await marked(
      'mapping.json',
      '{ "time": { "from": "date" }, "constants": { "type": "order" }, "fields": { "customerId": "user" } }',
    )
    const file = await marked('orders.csv', 'user,date\nada,2026-01-31\n')
    const args = ['import', file, '--mapping', mapping, '--dry-run', '--json']
    const { code, stdout } = await runCli(args, { env: { PARCOURS_DATA: join(home, 'data') } })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 1 })
  })
})
