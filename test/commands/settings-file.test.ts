import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config.ts'

const directory = mkdtempSync(join(tmpdir(), 'parcours-settings-'))
const path = join(directory, 'parcours.env')
const EXAMPLE = fileURLToPath(new URL('../../docs/examples/parcours.env', import.meta.url))

describe('a settings file', () => {
  afterAll(() => rmSync(directory, { recursive: true }))

  const readWith = (text: string, environment = {}, overrides = {}) => {
    writeFileSync(path, text)
    return readConfig(overrides, { PARCOURS_CONFIG: path, ...environment })
  }

  it('says what the environment does not say; the command line goes before both', () => {
    const text = 'PARCOURS_PORT=1\nPARCOURS_HOST="localhost"\nPARCOURS_LOG_LEVEL=warn\n'
    const reading = readWith(
      text,
      { PARCOURS_PORT: '2', PARCOURS_LOG_LEVEL: '' },
      { PARCOURS_PORT: '3' },
    )
    expect(reading).toMatchObject({
      kind: 'valid',
      warnings: [],
      config: { port: 3, host: 'localhost', logLevel: 'warn' },
    })
    expect(readWith(text, { PARCOURS_PORT: '2' })).toMatchObject({ config: { port: 2 } })
    expect(readWith(text)).toMatchObject({ config: { port: 1 } })
  })

  it('is checked as the environment is, and shows no secret', () => {
    const reading = readWith('PARCOURS_PORT=x\nPARCOURS_WRITE_KEY=short\n')
    expect(reading).toMatchObject({ kind: 'invalid' })
    expect(JSON.stringify(reading)).toContain('PARCOURS_PORT')
    expect(JSON.stringify(reading)).not.toContain('short"')
  })

  it.each([
    ['a name that is no setting', 'PARCOURS_PROT=1\n', 'PARCOURS_PROT'],
    ['what must be known before it is read', 'UV_THREADPOOL_SIZE=4\n', 'UV_THREADPOOL_SIZE'],
  ])('may not hold %s', (_, text, named) => {
    expect(readWith(text)).toEqual({
      kind: 'invalid',
      problems: [expect.stringContaining(named) as string],
    })
  })

  it('may hold no line that says nothing, and does not show it', () => {
    const text =
      '# a comment\n\n  export PARCOURS_PORT = 1 # one\nPARCOURS_WRITE_KEY: a-secret-key\n'
    expect(readWith(text)).toEqual({
      kind: 'invalid',
      problems: [`Line 4 of ${path} is not NAME=value.`],
    })
  })

  it('must be there', () => {
    expect(readConfig({}, { PARCOURS_CONFIG: join(directory, 'none') })).toEqual({
      kind: 'invalid',
      problems: [expect.stringContaining('PARCOURS_CONFIG') as string],
    })
  })

  it('has an example that shows every setting, with the defaults', () => {
    expect(readConfig({}, { PARCOURS_CONFIG: EXAMPLE })).toEqual(readConfig({}, {}))
    const docs = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8')
    const documented = new Set(docs.match(/PARCOURS_[A-Z_]*[A-Z]/g))
    for (const name of documented) if (/CONFIG$|_TEST_/.test(name)) documented.delete(name)
    expect(new Set(Object.keys(parseEnv(readFileSync(EXAMPLE, 'utf8'))))).toEqual(documented)
  })
})
