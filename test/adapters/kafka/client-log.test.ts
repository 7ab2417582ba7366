import { logLevel } from 'kafkajs'
import { expect, test } from 'vitest'
import { kafkaLogCreator } from '../../../src/adapters/kafka/client-log.ts'

test.each([
  ['what nobody else reports is a warning', logLevel.WARN, 'Something odd', 'warn'],
  [
    'a group that shares its lanes anew is none',
    logLevel.WARN,
    'The group is rebalancing, re-joining',
    'debug',
  ],
  ['one attempt of several is a detail', logLevel.ERROR, 'Failed to connect', 'debug'],
])("of kafkajs's lines, %s", (_, level, message, expected) => {
  const lines: string[] = []
  const to = (name: string) => (_: object, text: string) => void lines.push(`${name}: ${text}`)
  const logger = { debug: to('debug'), info: to('info'), warn: to('warn'), error: to('error') }
  kafkaLogCreator(logger)(level)({
    namespace: 'Consumer',
    level,
    label: 'WARN',
    log: { message, timestamp: '' },
  })
  expect(lines).toEqual([`${expected}: ${message}`])
})
