import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { controlOf, writeControl } from '../../processors/control.ts'
import { awaitControl } from '../../src/commands/await-control.ts'
import { settingsOf } from '../../src/domain/generation.ts'
import { parseSite } from '../../src/domain/site.ts'
import { topologyLog } from '../support/topology-log.ts'

test('whoever waits for the first generation says so, and not again at every look', async () => {
  const { processing } = topologyLog({ partitions: 1 })
  const told: string[] = []
  const patience = {
    signal: new AbortController().signal,
    failed: ({ message }: Error) => void told.push(message),
  }
  const awaited = awaitControl(processing, patience)
  await sleep(2_500)
  expect(told).toEqual([expect.stringContaining('Nobody has made the first generation yet')])
  const control = controlOf({ number: 1, site: 'shop', settings: settingsOf(parseSite({})) })
  await writeControl(processing, control)
  expect(await awaited).toEqual(control)
})
