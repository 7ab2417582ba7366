import type { Touchpoint } from '../domain/touchpoint.ts'
import type { PageKind, TouchpointType } from '../domain/vocabulary.ts'
import { pickArticles, type Article } from './catalogue.ts'
import { pageOf } from './pages.ts'
import type { Random } from './random.ts'
import type { Device, Visitor } from './visitor.ts'

/** What happened, before anyone says who and when. */
export type Draft = Partial<Omit<Touchpoint, 'site' | 'type' | 'occurredAt' | 'receivedAt'>> & {
  type: TouchpointType
}

/** What the shop's systems send, still without `occurredAt`. */
export type Step = {
  /** on the story's clock; 0 is its opening, what lies before is an older life of the customer */
  atMs: number
  /** how long after it happened its sender has it at hand */
  lateMs: number
  draft: Draft
}

/**
 * Who tells: the browser names its device (and the customer once signed in), the shop's server
 * names the customer, an export of the till or the call centre names the customer, much later.
 */
export type Teller = 'browser' | 'server' | 'export'

export type Story = {
  random: Random
  visitor: Visitor
  device: Device
  articles: Article[]
  steps: Step[]
  nowMs: number
  /** ordered in this story */
  ordered: boolean
}

export function openStory(random: Random, visitor: Visitor): Story {
  return {
    random,
    visitor,
    device: random.pick(visitor.devices),
    articles: pickArticles(random, random.int(1, 3)),
    steps: [],
    nowMs: 0,
    ordered: false,
  }
}

export function wait(story: Story, [minMs, maxMs]: readonly [number, number]): void {
  story.nowMs += Math.ceil(story.random.between(minMs, maxMs))
}

/** @param lateMs how late an export has it, at least and at most */
export function tell(
  story: Story,
  draft: Draft,
  { by = 'browser', lateMs }: { by?: Teller; lateMs?: readonly [number, number] } = {},
): Step {
  const { random, visitor, device } = story
  const told: Draft = { ...draft }
  // Some senders know no ids of their own; the content then says which touchpoint it is.
  if (told.id === undefined && !random.chance(NO_ID_SHARE)) told.id = random.uuid()
  if (by === 'browser') {
    told.anonymousId ??= device.anonymousId
    if (device.signedIn) told.customerId ??= visitor.customerId
    told.device ??= device.is
    told.experiments ??= visitor.experiments
  } else {
    told.customerId ??= visitor.customerId
  }
  told.geo ??= visitor.geo
  if (visitor.segment !== undefined) told.segment ??= visitor.segment
  const step: Step = {
    atMs: story.nowMs,
    lateMs: lateMs === undefined ? 0 : Math.ceil(random.between(...lateMs)),
    draft: told,
  }
  story.steps.push(step)
  return step
}

/** A page of the shop's site or app, about the article in hand unless another is given. */
export function view(story: Story, kind: PageKind, more: Partial<Draft> = {}): void {
  const { visitor } = story
  const article = story.random.pick(story.articles)
  const page = { ...pageOf(kind, { article, language: visitor.language }), ...more.page }
  // An error has the address of what was asked for, so its kind has to be said.
  if (visitor.givesPageKind || kind === 'error') page.kind = kind
  tell(story, { type: 'page_view', channel: 'web', ...more, page })
}

const NO_ID_SHARE = 0.02
