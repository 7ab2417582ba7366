import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config.ts'

const KEY = 'a-key-of-some-length'

describe('settings', () => {
  it('all have a default', () => {
    expect(readConfig({}, {})).toEqual({
      kind: 'valid',
      warnings: [],
      config: {
        dataDirectory: resolve('data'),
        host: '127.0.0.1',
        port: 7717,
        siteFile: undefined,
        writeKey: undefined,
        readToken: undefined,
        logLevel: 'info',
        logFormat: 'auto',
        threadPoolSize: undefined,
        colorless: false,
      },
    })
  })

  it.each([
    [{ PARCOURS_DATA: '/srv/data' }, { dataDirectory: '/srv/data' }],
    [{ PARCOURS_PORT: '0' }, { port: 0 }],
    [{ PARCOURS_SITE: 'site.json' }, { siteFile: resolve('site.json') }],
    [{ PARCOURS_WRITE_KEY: KEY }, { writeKey: KEY }],
    [
      { PARCOURS_HOST: '0.0.0.0', PARCOURS_READ_TOKEN: KEY },
      { host: '0.0.0.0', readToken: KEY },
    ],
    [{ PARCOURS_HOST: '::1' }, { host: '::1' }],
    [
      { PARCOURS_LOG_LEVEL: 'debug', PARCOURS_LOG_FORMAT: 'json' },
      { logLevel: 'debug', logFormat: 'json' },
    ],
    [{ UV_THREADPOOL_SIZE: '16' }, { threadPoolSize: 16 }],
    [{ NO_COLOR: '1' }, { colorless: true }],
    [
      { NO_COLOR: '', PARCOURS_PORT: '', PARCOURS_SITE: '' },
      { colorless: false, port: 7717 },
    ],
  ])('of %j are %j', (environment, expected) => {
    const reading = readConfig({}, environment)
    expect(reading).toMatchObject({ kind: 'valid', config: expected, warnings: [] })
  })

  it.each([
    [{ PARCOURS_PORT: 'http' }, /PARCOURS_PORT "http" must be a number/],
    [{ PARCOURS_PORT: '70000' }, /PARCOURS_PORT "70000" must be at most 65535/],
    [{ PARCOURS_PORT: 'tcp://10.0.0.1:7717' }, /Kubernetes.*enableServiceLinks: false/],
    [{ PARCOURS_HOST: 'a b' }, /PARCOURS_HOST "a b" must be a host name/],
    [{ PARCOURS_HOST: '0.0.0.0' }, /PARCOURS_HOST 0.0.0.0 .*PARCOURS_READ_TOKEN/],
    [{ PARCOURS_HOST: '10.0.0.7' }, /Set PARCOURS_READ_TOKEN/],
    [{ PARCOURS_LOG_LEVEL: 'loud' }, /PARCOURS_LOG_LEVEL "loud" must be one of trace, debug/],
    [{ PARCOURS_WRITE_KEY: 'short' }, /PARCOURS_WRITE_KEY must have at least 16 characters/],
    [{ PARCOURS_WRITE_KEY: 'with a space in the middle' }, /printable ASCII without spaces/],
    [
      { PARCOURS_READ_TOKEN: 'with:a:colon:in:the:middle' },
      /PARCOURS_READ_TOKEN must not contain a colon/,
    ],
    [{ UV_THREADPOOL_SIZE: 'many' }, /UV_THREADPOOL_SIZE "many" must be a number/],
  ])('of %j are refused by name', (environment, message) => {
    const reading = readConfig({}, environment)
    expect(reading).toMatchObject({ kind: 'invalid', problems: [expect.stringMatching(message)] })
  })

  it('never show a secret in a problem', () => {
    expect(JSON.stringify(readConfig({}, { PARCOURS_WRITE_KEY: 'hunter2' }))).not.toContain(
      'hunter2',
    )
  })

  it('of the command line go before those of the environment', () => {
    const reading = readConfig(
      { PARCOURS_PORT: '1', PARCOURS_DATA: undefined },
      { PARCOURS_PORT: '2', PARCOURS_DATA: '/d' },
    )
    expect(reading).toMatchObject({ config: { port: 1, dataDirectory: '/d' } })
  })

  it('with a mistyped name are told, those that a platform injects are not', () => {
    const environment = {
      PARCOURS_PROT: '1',
      PARCOURS_SERVICE_HOST: '10.0.0.1',
      PARCOURS_PORT_7717_TCP_ADDR: '10.0.0.1',
      PARCOURS_TEST_DATA: '/d',
    }
    expect(readConfig({}, environment)).toMatchObject({
      warnings: [expect.stringMatching(/^PARCOURS_PROT is no setting/)],
    })
  })
})
