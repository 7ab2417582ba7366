import { CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { queryOf } from '../../src/commands/funnel.ts'
import { CommandFailure, EXIT } from '../../src/commands/failure.ts'
import { buildProgram } from '../../src/commands/program.ts'

async function parse(args: string[]) {
  let out = ''
  let err = ''
  const program = buildProgram({
    writeOut: (text) => (out += text),
    writeErr: (text) => (err += text),
  })
  const error: unknown = await program.parseAsync(args, { from: 'user' }).catch((error) => error)
  return { out, err, error }
}

describe('the command line', () => {
  it.each([
    [[]],
    [['start']],
    [['import']],
    [['funnel']],
    [['person']],
    [['marks']],
    [['dead-letters', 'list']],
    [['dead-letters', 'show']],
    [['doctor']],
    [['migrate']],
    [['verify']],
    [['rebuild']],
    [['demo']],
    [['site', 'check']],
  ])('%j --help explains itself with examples', async (command) => {
    const { out, err, error } = await parse([...command, '--help'])
    expect(error).toMatchObject({ exitCode: 0 })
    expect(err).toBe('')
    expect(out.startsWith(['Usage: parcours', ...command].join(' '))).toBe(true)
    expect(out).toMatch(/Examples:\n {2}\$ /)
  })

  it.each([
    ['an unknown option', ['funnel', '--form', 'x'], /unknown option '--form'/],
    ['a missing argument', ['import', '--mapping', 'x'], /missing required argument 'file'/],
    ['a missing option', ['import', 'x'], /required option '--mapping <mapping>'/],
    ['a wrong choice', ['funnel', '--cohort', 'end'], /Allowed choices are start, entry/],
    ['a wrong number', ['dead-letters', '--limit', 'many'], /must be a whole number/],
    ['two forms at once', ['funnel', '--csv', '--json'], /cannot be used with option/],
    ['an argument too many', ['verify', 'everything'], /too many arguments/],
  ])('refuses %s', async (_, args, message) => {
    const { out, err, error } = await parse(args)
    expect(error).toBeInstanceOf(CommanderError)
    expect(error).not.toMatchObject({ exitCode: 0 })
    expect(out).toBe('')
    expect(err).toMatch(message)
  })

  it.each([
    ['a filter without a value', ['funnel', '--filter', 'email'], /say it as dimension=value/],
    ['a wrong port', ['start', '--port', 'http'], /^--port "http" must be a number/],
    ['a wrong broker of the demo', ['demo', '--kafka', 'k:x'], /^--kafka .*k:x/],
    [
      'a mapping that is not there',
      ['import', 'x', '--mapping', 'no.json'],
      /no mapping file no.json.*built in: segment/,
    ],
  ])('refuses %s before anything is opened', async (_, args, message) => {
    const { error } = await parse(args)
    expect(error).toBeInstanceOf(CommandFailure)
    expect(error).toMatchObject({ exitCode: EXIT.usage, message: expect.stringMatching(message) })
  })
})

describe('funnel asks the API', () => {
  it.each([
    [{}, ''],
    [
      { from: '2026-01-01', to: '2026-01-31', by: 'channel' },
      'from=2026-01-01&to=2026-01-31&by=channel',
    ],
    [{ asOf: '2026-01-31T12:00:00+01:00' }, 'asOf=2026-01-31T12%3A00%3A00%2B01%3A00'],
    [{ compare: true as const }, 'compare=previous'],
    [{ compare: '2026-01-01..2026-01-31' }, 'compare=2026-01-01..2026-01-31'],
    [
      { filter: ['channel=email', 'channel=sms', 'campaign=a=b&c'] },
      'channel=email&channel=sms&campaign=a%3Db%26c',
    ],
    [{ filter: ['source='] }, 'source='],
    [{ filter: ['experiment:two step=a=b'] }, 'experiment%3Atwo+step=a%3Db'],
  ])('for %j with "%s"', (options, query) => {
    expect(queryOf(options)).toBe(query)
  })
})
