import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config.ts'

const KEY = 'a-key-of-some-length'
const KAFKA = { PARCOURS_LOG: 'kafka', PARCOURS_KAFKA_BROKERS: 'one:9092' }

describe('settings', () => {
  it('all have a default', () => {
    expect(readConfig({}, {})).toEqual({
      kind: 'valid',
      warnings: [],
      config: {
        dataDirectory: resolve('data'),
        log: { kind: 'embedded' },
        spoolBytesMax: 2 ** 30,
        backlogTouchpointsMax: 2_000_000,
        host: '127.0.0.1',
        port: 7717,
        siteFile: undefined,
        clickHouse: undefined,
        writeKey: undefined,
        readToken: undefined,
        logLevel: 'info',
        leaveSeconds: 3,
        logFormat: 'auto',
        threadPoolSize: undefined,
        colorless: false,
      },
    })
  })

  it.each([
    [{ PARCOURS_DATA: '/srv/data' }, { dataDirectory: '/srv/data' }],
    [{ PARCOURS_PORT: '0' }, { port: 0 }],
    [{ PARCOURS_SPOOL_MAX_MIB: '0' }, { spoolBytesMax: 0 }],
    [{ PARCOURS_BACKLOG_MAX_TOUCHPOINTS: '500' }, { backlogTouchpointsMax: 500 }],
    [{ PARCOURS_SITE: 'site.json' }, { siteFile: resolve('site.json') }],
    [{ PARCOURS_WRITE_KEY: KEY }, { writeKey: KEY }],
    [
      { PARCOURS_HOST: '0.0.0.0', PARCOURS_READ_TOKEN: KEY },
      { host: '0.0.0.0', readToken: KEY },
    ],
    [
      {
        PARCOURS_LOG: 'kafka',
        PARCOURS_KAFKA_BROKERS: 'one:9092,two:9093',
        PARCOURS_KAFKA_PREFIX: 'shop.',
        PARCOURS_KAFKA_REPLICAS: '2',
        PARCOURS_KAFKA_SASL: 'scram-sha-512',
        PARCOURS_KAFKA_SASL_USERNAME: 'me',
        PARCOURS_KAFKA_SASL_PASSWORD: 'secret',
        PARCOURS_KAFKA_TLS: 'on',
        PARCOURS_KAFKA_TLS_CA: 'ca.pem',
      },
      {
        log: {
          kind: 'kafka',
          brokers: ['one:9092', 'two:9093'],
          prefix: 'shop.',
          partitions: 8,
          replicas: 2,
          sasl: { mechanism: 'scram-sha-512', username: 'me', password: 'secret' },
          tls: { ca: resolve('ca.pem'), cert: undefined, key: undefined },
        },
      },
    ],
    [{ PARCOURS_HOST: '::1' }, { host: '::1' }],
    [
      { PARCOURS_LOG_LEVEL: 'debug', PARCOURS_LOG_FORMAT: 'json' },
      { logLevel: 'debug', logFormat: 'json' },
    ],
    [{ UV_THREADPOOL_SIZE: '16' }, { threadPoolSize: 16 }],
    [{ PARCOURS_WAREHOUSE: 'embedded' }, { clickHouse: undefined }],
    [
      { PARCOURS_WAREHOUSE: 'https://ch.example:8443' },
      {
        clickHouse: {
          url: 'https://ch.example:8443',
          user: 'default',
          password: '',
          database: 'parcours',
          cluster: undefined,
          caFile: undefined,
        },
      },
    ],
    [
      {
        PARCOURS_WAREHOUSE: 'http://bob:pass%40word@ch:8123/behind/a/proxy/',
        PARCOURS_CLICKHOUSE_DATABASE: 'journeys',
        PARCOURS_CLICKHOUSE_CLUSTER: 'main',
        PARCOURS_CLICKHOUSE_CA: 'ca.pem',
      },
      {
        clickHouse: {
          url: 'http://ch:8123/behind/a/proxy',
          user: 'bob',
          password: 'pass@word',
          database: 'journeys',
          cluster: 'main',
          caFile: resolve('ca.pem'),
        },
      },
    ],
    [
      {
        PARCOURS_WAREHOUSE: 'http://bob:one@ch:8123',
        PARCOURS_CLICKHOUSE_USER: 'alice',
        PARCOURS_CLICKHOUSE_PASSWORD: 'two',
      },
      { clickHouse: expect.objectContaining({ user: 'alice', password: 'two' }) },
    ],
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
    [{ PARCOURS_BACKLOG_MAX_TOUCHPOINTS: '0' }, /PARCOURS_BACKLOG_MAX_TOUCHPOINTS "0" must be/],
    [{ PARCOURS_SPOOL_MAX_MIB: '-1' }, /PARCOURS_SPOOL_MAX_MIB "-1" must be a number/],
    [{ PARCOURS_SPOOL_MAX_MIB: '99999' }, /PARCOURS_SPOOL_MAX_MIB "99999" must be at most 32768/],
    [{ PARCOURS_KAFKA_PARTITIONS: '0' }, /PARCOURS_KAFKA_PARTITIONS "0" must be a number from 1/],
    [{ PARCOURS_KAFKA_PARTITIONS: '65' }, /PARCOURS_KAFKA_PARTITIONS "65" must be at most 64/],
    [{ PARCOURS_LOG: 'kafka' }, /PARCOURS_KAFKA_BROKERS names no brokers/],
    [
      { ...KAFKA, PARCOURS_KAFKA_BROKERS: 'kafka' },
      /PARCOURS_KAFKA_BROKERS "kafka" must be host:port/,
    ],
    [{ ...KAFKA, PARCOURS_KAFKA_BROKERS: 'a:1,b:90920' }, /must have ports of at most 65535/],
    [{ ...KAFKA, PARCOURS_KAFKA_PREFIX: 'a b' }, /PARCOURS_KAFKA_PREFIX "a b" must be of letters/],
    [{ ...KAFKA, PARCOURS_KAFKA_SASL: 'plain' }, /needs PARCOURS_KAFKA_SASL_USERNAME/],
    [{ ...KAFKA, PARCOURS_KAFKA_SASL_USERNAME: 'me' }, /PARCOURS_KAFKA_SASL must say how/],
    [{ ...KAFKA, PARCOURS_KAFKA_TLS_CA: 'ca.pem' }, /PARCOURS_KAFKA_TLS is off/],
    [
      { ...KAFKA, PARCOURS_KAFKA_TLS: 'on', PARCOURS_KAFKA_TLS_CERT: 'me.pem' },
      /PARCOURS_KAFKA_TLS_CERT and PARCOURS_KAFKA_TLS_KEY/,
    ],
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
    [{ PARCOURS_WAREHOUSE: 'clickhouse://ch:9000' }, /PARCOURS_WAREHOUSE must be "embedded", or/],
    [{ PARCOURS_WAREHOUSE: 'http://ch:8123?database=x' }, /PARCOURS_WAREHOUSE must be/],
    [{ PARCOURS_WAREHOUSE: 'http://us%er:word@ch:8123' }, /PARCOURS_WAREHOUSE has a user .* %25/],
    [{ PARCOURS_CLICKHOUSE_DATABASE: 'a`b' }, /PARCOURS_CLICKHOUSE_DATABASE "a`b" must be letters/],
    [{ PARCOURS_CLICKHOUSE_CLUSTER: "a'b" }, /PARCOURS_CLICKHOUSE_CLUSTER "a'b" must be letters/],
    [{ UV_THREADPOOL_SIZE: 'many' }, /UV_THREADPOOL_SIZE "many" must be a number/],
  ])('of %j are refused by name', (environment, message) => {
    const reading = readConfig({}, environment)
    expect(reading).toMatchObject({ kind: 'invalid', problems: [expect.stringMatching(message)] })
  })

  it('never show a secret in a problem', () => {
    for (const environment of [
      { PARCOURS_WRITE_KEY: 'hunter2' },
      { PARCOURS_WAREHOUSE: 'tcp://bob:hunter2@ch:9000' },
    ]) {
      expect(JSON.stringify(readConfig({}, environment))).not.toContain('hunter2')
    }
  })

  it('of the command line go before those of the environment', () => {
    const reading = readConfig(
      { PARCOURS_PORT: '1', PARCOURS_DATA: undefined },
      { PARCOURS_PORT: '2', PARCOURS_DATA: '/d' },
    )
    expect(reading).toMatchObject({ config: { port: 1, dataDirectory: '/d' } })
  })

  it.each([
    [{ PARCOURS_KAFKA_BROKERS: 'one:9092' }, /^PARCOURS_KAFKA_BROKERS: not used.*PARCOURS_LOG/],
    [{ PARCOURS_CLICKHOUSE_USER: 'me' }, /^PARCOURS_CLICKHOUSE_USER: not used.*PARCOURS_WAREHOUSE/],
    [
      {
        ...KAFKA,
        PARCOURS_KAFKA_SASL: 'plain',
        PARCOURS_KAFKA_SASL_USERNAME: 'me',
        PARCOURS_KAFKA_SASL_PASSWORD: 'secret',
      },
      /PARCOURS_KAFKA_TLS=on/,
    ],
  ])('that do not mean what they seem to are told: %j', (environment, warning) => {
    expect(readConfig({}, environment)).toMatchObject({
      kind: 'valid',
      warnings: [expect.stringMatching(warning)],
    })
  })

  it('of a place that was chosen against are not', () => {
    const chosen = { PARCOURS_LOG: 'embedded', PARCOURS_KAFKA_BROKERS: 'one:9092' }
    expect(readConfig({}, chosen)).toMatchObject({ warnings: [] })
  })

  it('with a mistyped name are told, those that a platform injects are not', () => {
    const environment = {
      PARCOURS_PROT: '1',
      PARCOURS_SERVICE_HOST: '10.0.0.1',
      PARCOURS_PORT_7717_TCP_ADDR: '10.0.0.1',
      PARCOURS_CLICKHOUSE_PORT: 'tcp://10.0.0.2:8123',
      PARCOURS_CLICKHOUSE_SERVICE_HOST: '10.0.0.2',
      PARCOURS_TEST_DATA: '/d',
    }
    expect(readConfig({}, environment)).toMatchObject({
      warnings: [expect.stringMatching(/^PARCOURS_PROT is no setting/)],
    })
  })
})
