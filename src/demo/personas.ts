import { afterOrder, SMOOTH, type Aftermath } from './aftersales.ts'
import { ask, browse, research, signIn, signInElsewhere } from './browsing.ts'
import { checkOut, fillCart } from './buying.ts'
import type { Door } from './doors.ts'
import { liveInTheApp, liveOffline, liveOnMarketplace, standAtKiosk } from './lives.ts'
import type { Story } from './story.ts'
import { PHONE_APP, type Device } from './visitor.ts'

export type Persona = {
  /** of all journeys, against the sum of all shares */
  share: number
  /** `segment` of the touchpoints; absent for those the shop knows nothing of */
  segment?: string
  device?: Device['is']
  /** Where the journey begins; none where `live` tells the beginning itself. */
  doors: readonly (readonly [weight: number, door: Door])[]
  live: (story: Story) => void
  /** Mean days until those who ordered come again. */
  returnsAfterDays?: number
  /** Never in the past only: what a device that all share sends is always new. */
  alwaysNow?: boolean
}

/** The visitors of the demo shop, from the many who leave at once to the few who stay. */
export const PERSONAS: readonly Persona[] = [
  {
    share: 47,
    doors: [
      [30, 'organic'],
      [8, 'direct'],
      [16, 'search_ad'],
      [14, 'social_ad'],
      [18, 'social'],
      [6, 'newsletter'],
      [3, 'sms'],
      [2, 'chat'],
      [2, 'catalogue'],
    ],
    live: (story) => {
      if (story.random.chance(0.2)) browse(story, story.random.int(1, 3))
    },
  },
  {
    share: 14,
    segment: 'bargain hunter',
    doors: [
      [5, 'search_ad'],
      [4, 'social_ad'],
      [4, 'affiliate'],
      [2, 'sms'],
      [2, 'newsletter'],
    ],
    live: (story) => {
      if (story.random.chance(0.4)) return
      browse(story, story.random.int(1, 4))
      if (story.random.chance(0.5)) return
      fillCart(story)
      if (story.random.chance(0.35)) return
      const coupon = story.random.pick(['ÉTÉ10', 'BIENVENUE', 'FLASH24'])
      const order = checkOut(story, { completes: 0.5, coupon })
      if (order) afterOrder(story, order, { ...SMOOTH, returned: 0.12, speaks: 0.1 })
    },
    returnsAfterDays: 120,
  },
  {
    share: 13,
    segment: 'researcher',
    doors: [
      [8, 'organic'],
      [2, 'direct'],
      [2, 'search_ad'],
      [1, 'social'],
    ],
    live: (story) => {
      if (story.random.chance(0.15)) return
      research(story, story.random.int(1, 4))
      if (story.random.chance(0.55)) return
      signIn(story)
      signInElsewhere(story)
      fillCart(story)
      if (story.random.chance(0.35)) return
      const order = checkOut(story, { completes: 0.55 })
      if (order) afterOrder(story, order, { ...SMOOTH, speaks: 0.35 })
    },
    returnsAfterDays: 90,
  },
  {
    share: 8,
    segment: 'gift buyer',
    doors: [
      [4, 'organic'],
      [3, 'affiliate'],
      [2, 'whatsapp'],
      [2, 'chat'],
      [2, 'catalogue'],
      [2, 'newsletter'],
    ],
    live: (story) => {
      if (story.random.chance(0.4)) return
      if (story.random.chance(0.25)) ask(story)
      browse(story, story.random.int(1, 4))
      if (story.random.chance(0.45)) return
      fillCart(story)
      const order = checkOut(story, { completes: 0.55 })
      if (order) afterOrder(story, order, { ...SMOOTH, returned: 0.02, speaks: 0.08 })
    },
  },
  {
    share: 5,
    segment: 'loyal app customer',
    device: PHONE_APP,
    doors: [
      [8, 'app'],
      [1, 'newsletter'],
    ],
    live: liveInTheApp,
    returnsAfterDays: 30,
  },
  {
    share: 6,
    segment: 'store & phone',
    doors: [],
    live: liveOffline,
    returnsAfterDays: 75,
  },
  { share: 3, segment: 'marketplace buyer', doors: [], live: liveOnMarketplace },
  {
    share: 2.5,
    segment: 'disappointed',
    doors: [
      [3, 'organic'],
      [2, 'search_ad'],
      [1, 'social_ad'],
    ],
    live: (story) => {
      browse(story, story.random.int(1, 3))
      if (story.random.chance(0.3)) return
      fillCart(story)
      const order = checkOut(story, { completes: 0.75 })
      if (order) afterOrder(story, order, UNLUCKY)
    },
  },
  { share: 2, doors: [], live: standAtKiosk, alwaysNow: true },
]

const UNLUCKY: Aftermath = {
  cancelled: 0.05,
  delayed: 0.75,
  failed: 0.35,
  returned: 0.45,
  ticket: 0.6,
  speaks: 0.8,
  delighted: 0.02,
}
