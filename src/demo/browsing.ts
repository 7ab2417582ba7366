import type { Channel, PageKind } from '../domain/vocabulary.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './durations.ts'
import { tell, view, wait, type Story } from './story.ts'
import { newDevice } from './visitor.ts'

/** Pages one after the other, in one sitting. */
export function browse(story: Story, pages: number, channel: Channel = 'web'): void {
  for (let left = pages; left > 0; left--) {
    wait(story, [4 * SECOND_MS, 100 * SECOND_MS])
    view(story, story.random.weighted(BROWSED), { channel })
  }
}

/** Several sittings over days: comparisons, reviews, size guides, now and then a question. */
export function research(story: Story, sittings: number): void {
  const { random, visitor } = story
  for (let sitting = 1; sitting <= sittings; sitting++) {
    for (let left = random.int(2, 4); left > 0; left--) {
      wait(story, [8 * SECOND_MS, 4 * MINUTE_MS])
      view(story, random.weighted(RESEARCHED))
    }
    if (random.chance(0.06)) ask(story)
    if (sitting === sittings) return
    wait(story, [3 * HOUR_MS, 2.5 * DAY_MS])
    // The phone on the train, the computer at home: two devices of one customer.
    if (sitting === 1 && random.chance(0.4)) {
      visitor.devices.push(newDevice(random))
      story.device = visitor.devices.at(-1)!
    }
  }
}

/** A question before buying, in the chat or by telephone. */
export function ask(story: Story): void {
  const channel = story.random.pick(['chat', 'phone', 'whatsapp'] as const)
  const by = channel === 'chat' ? 'browser' : 'server'
  wait(story, [20 * SECOND_MS, 5 * MINUTE_MS])
  const properties = { subject: story.random.pick(['taille', 'delivery time', 'matière', 'stock']) }
  tell(story, { type: 'support_ticket', action: 'opened', channel, properties }, { by })
  wait(story, [MINUTE_MS, 12 * MINUTE_MS])
  tell(story, { type: 'support_ticket', action: 'resolved', channel, properties }, { by })
}

/** From here on the device names its customer, and the past of the device is theirs too. */
export function signIn(story: Story, channel: Channel = 'web'): void {
  const { random, visitor, device } = story
  if (device.signedIn) return
  wait(story, [5 * SECOND_MS, 50 * SECOND_MS])
  if (random.chance(WRONG_PERSON_SHARE)) signInByMistake(story)
  if (random.chance(0.6)) tell(story, { type: 'identify', customerId: visitor.customerId, channel })
  device.signedIn = true
  // Where nothing says "identify", the first page with both ids does.
  if (random.chance(0.5)) view(story, 'account', { channel })
}

/** The other devices of the same customer, looked at in between. */
export function signInElsewhere(story: Story): void {
  const here = story.device
  for (const device of story.visitor.devices) {
    if (device.signedIn || !story.random.chance(0.75)) continue
    story.device = device
    signIn(story)
  }
  story.device = here
}

/** Somebody else of the family signs in on the tablet, notices, and it is taken back. */
function signInByMistake(story: Story): void {
  const customerId = `C${story.random.int(10_000_000, 99_999_999)}`
  tell(story, { type: 'identify', customerId })
  wait(story, [20 * SECOND_MS, 3 * MINUTE_MS])
  tell(story, { type: 'unlink', customerId })
  wait(story, [2 * SECOND_MS, 20 * SECOND_MS])
}

const WRONG_PERSON_SHARE = 0.04

const BROWSED: readonly (readonly [number, PageKind])[] = [
  [8, 'product'],
  [5, 'category'],
  [2, 'search'],
  [1, 'home'],
  [0.6, 'article'],
  [0.5, 'review'],
  [0.4, 'help'],
  [0.4, 'error'],
]
const RESEARCHED: readonly (readonly [number, PageKind])[] = [
  [5, 'product'],
  [3, 'comparison'],
  [3, 'review'],
  [2, 'size_guide'],
  [2, 'search'],
  [1.5, 'article'],
  [0.3, 'error'],
]
