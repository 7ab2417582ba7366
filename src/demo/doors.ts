import type { Campaign } from '../domain/touchpoint.ts'
import type { PageKind } from '../domain/vocabulary.ts'
import { CATEGORIES } from './catalogue.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from './durations.ts'
import { tell, view, wait, type Story } from './story.ts'

/** How a visit begins, each with the channel that its journey is then counted under. */
export const DOORS = {
  organic: (story) =>
    land(story, {
      referrer: story.random.pick([
        'https://www.google.com/',
        'https://www.ecosia.org/',
        'https://duckduckgo.com/',
      ]),
    }),
  direct: (story) => land(story, {}),
  search_ad: (story) => clickAd(story, story.random.pick(SEARCH_ADS)),
  social_ad: (story) => clickAd(story, story.random.pick(SOCIAL_ADS)),
  affiliate: (story) => clickAd(story, story.random.pick(AFFILIATES)),
  social: (story) => {
    const source = story.random.pick(['instagram', 'tiktok', 'pinterest'])
    const campaign = { source, medium: 'social', name: 'vitrine' }
    view(story, 'product', {
      channel: 'social',
      campaign,
      page: { referrer: `https://www.${source}.com/` },
    })
  },
  newsletter: (story) => write(story, 'email', story.random.pick(NEWSLETTERS)),
  sms: (story) => write(story, 'sms', { source: 'sms', medium: 'sms', name: 'ventes-privees' }),
  whatsapp: (story) => {
    const campaign = { source: 'whatsapp', medium: 'messaging', name: 'conseil-taille' }
    tell(
      story,
      { type: 'message', action: 'replied', channel: 'whatsapp', campaign },
      { by: 'server' },
    )
  },
  chat: (story) => tell(story, { type: 'custom', action: 'chat_started', channel: 'chat' }),
  // The code on the paper catalogue names no channel, as careless senders do.
  catalogue: (story) =>
    tell(story, {
      type: 'custom',
      action: 'catalogue_scanned',
      properties: { page: story.random.int(2, 96) },
    }),
  app: (story) =>
    view(story, story.random.pick(['home', 'category', 'product'] as const), { channel: 'app' }),
} as const satisfies Record<string, (story: Story) => unknown>

export type Door = keyof typeof DOORS

function land(story: Story, { referrer }: { referrer?: string }): void {
  const kind = story.random.weighted<PageKind>([
    [3, 'home'],
    [4, 'product'],
    [3, 'category'],
    [2, 'article'],
    [0.3, 'other'],
  ])
  view(story, kind, referrer === undefined ? {} : { page: { referrer } })
}

function clickAd(story: Story, campaign: Campaign): void {
  const term = CATEGORIES[story.articles[0]!.category][story.visitor.language].toLowerCase()
  const clicked = campaign.source === 'google' ? { ...campaign, term } : campaign
  tell(story, { type: 'ad_click', channel: 'ads', campaign: clicked })
  // Not everyone who clicks waits for the page.
  if (story.random.chance(0.12)) return
  wait(story, [SECOND_MS, 8 * SECOND_MS])
  view(story, story.random.pick(['landing', 'product'] as const), { campaign: clicked })
}

/** The shop writes first; only the answer is an act of the customer. */
function write(story: Story, channel: 'email' | 'sms', campaign: Campaign): void {
  const { random } = story
  const message = { type: 'message', channel, campaign } as const
  tell(story, { ...message, action: 'sent' }, { by: 'server' })
  if (random.chance(0.06)) {
    // The old address bounces; the shop has another one.
    wait(story, [2 * SECOND_MS, MINUTE_MS])
    tell(story, { ...message, action: 'bounced' }, { by: 'server' })
    wait(story, [MINUTE_MS, 10 * MINUTE_MS])
    tell(story, { ...message, action: 'sent' }, { by: 'server' })
  }
  wait(story, [2 * SECOND_MS, 40 * SECOND_MS])
  tell(story, { ...message, action: 'delivered' }, { by: 'server' })
  wait(story, [4 * MINUTE_MS, 9 * HOUR_MS])
  if (channel === 'email') tell(story, { ...message, action: 'opened' }, { by: 'server' })
  if (channel === 'email' && random.chance(0.35)) {
    if (random.chance(0.15)) {
      wait(story, [5 * SECOND_MS, MINUTE_MS])
      tell(story, { ...message, action: 'unsubscribed' }, { by: 'server' })
    }
    return
  }
  wait(story, [3 * SECOND_MS, 2 * MINUTE_MS])
  // The link carries the customer's id, so a click tells whose device this is.
  tell(story, { ...message, action: 'clicked', customerId: story.visitor.customerId })
  wait(story, [SECOND_MS, 6 * SECOND_MS])
  view(story, 'landing', { campaign })
}

const SEARCH_ADS: readonly Campaign[] = [
  { source: 'google', medium: 'cpc', name: 'marque' },
  { source: 'google', medium: 'cpc', name: 'soldes-été', content: 'annonce-b' },
  { source: 'bing', medium: 'cpc', name: 'brand-en' },
]
const SOCIAL_ADS: readonly Campaign[] = [
  { source: 'meta', medium: 'paid_social', name: 'soldes-été', content: 'carrousel' },
  { source: 'meta', medium: 'paid_social', name: 'retargeting', content: 'panier' },
  { source: 'tiktok', medium: 'paid_social', name: 'rentrée', content: 'vidéo-15s' },
]
const AFFILIATES: readonly Campaign[] = [
  { source: 'les-bons-plans', medium: 'affiliate', name: 'code-10' },
  { source: 'awin', medium: 'affiliate', name: 'gift-guides' },
]
const NEWSLETTERS: readonly Campaign[] = [
  { source: 'newsletter', medium: 'email', name: 'nouveautés-du-mois' },
  { source: 'newsletter', medium: 'email', name: 'panier-oublié' },
  { source: 'newsletter', medium: 'email', name: 'members-only' },
]
