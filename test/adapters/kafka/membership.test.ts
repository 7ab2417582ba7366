/** What a group says, by a consumer that says what the test tells it to. */
import { EventEmitter } from 'node:events'
import type { Kafka } from 'kafkajs'
import { expect, test } from 'vitest'
import { groupOwnership } from '../../../src/adapters/kafka/membership.ts'
import type { LaneRef } from '../../../src/ports/processing.ts'

test('a lane that is given back while it asks whether it is still held hears no, and ends', async () => {
  const { ownership, assign } = groupOf('attributed')
  const said: string[] = []
  let asking: Promise<boolean> | undefined
  await ownership.start({
    gained: ({ partition }) => said.push(`gained ${partition}`),
    // As a loop that ends after the turn under way.
    lost: async ({ partition }) => {
      said.push(`lost ${partition}: held is ${await asking}`)
    },
  })
  assign([0, 1])
  await expect.poll(() => said).toEqual(['gained 0', 'gained 1'])
  asking = ownership.holds(lane(0))
  assign([1])
  await expect.poll(() => said.at(-1)).toBe('lost 0: held is false')
  // What comes after it is worked off too.
  assign([0, 1])
  await expect.poll(() => said.at(-1)).toBe('gained 0')
})

test('whether a lane is held is what the group says after it was asked', async () => {
  const { ownership, assign, beat } = groupOf('attributed')
  await ownership.start({ gained: () => undefined, lost: async () => undefined })
  assign([0])
  const asked = ownership.holds(lane(0))
  assign([])
  expect(await asked).toBe(false)
  assign([0])
  const again = ownership.holds(lane(0))
  beat()
  expect(await again).toBe(true)
  expect(await Promise.all([ownership.holds(lane(0)), ownership.stop()])).toEqual([
    false,
    undefined,
  ])
})

function lane(partition: number): LaneRef {
  return { step: 'journey', partition }
}

function groupOf(topic: string) {
  const events = new EventEmitter()
  const names = { GROUP_JOIN: 'join', HEARTBEAT: 'beat', CRASH: 'crash' }
  const consumer = {
    events: names,
    on: (name: string, listener: (event: unknown) => void) => events.on(name, listener),
    connect: async () => undefined,
    subscribe: async () => undefined,
    run: async () => undefined,
    pause: () => undefined,
    disconnect: async () => undefined,
  }
  const kafka = { consumer: () => consumer } as unknown as Kafka
  const ownership = groupOwnership({
    kafka,
    steps: [{ step: 'journey', groupId: 'journeys', topic }],
    member: 'one',
    report: { rejoining: () => undefined, joined: () => undefined },
  })
  return {
    ownership,
    assign: (partitions: number[]) =>
      events.emit(names.GROUP_JOIN, { payload: { memberAssignment: { [topic]: partitions } } }),
    beat: () => events.emit(names.HEARTBEAT),
  }
}
