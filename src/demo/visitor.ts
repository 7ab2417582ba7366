import type { Touchpoint } from '../domain/touchpoint.ts'
import type { Language } from './catalogue.ts'
import type { Random } from './random.ts'

export type Device = {
  anonymousId: string
  is: NonNullable<Touchpoint['device']>
  signedIn: boolean
}

/** Somebody, with what the shop comes to know about them. */
export type Visitor = {
  customerId: string
  language: Language
  geo: NonNullable<Touchpoint['geo']>
  /** The persona's name; absent where the shop has not guessed it. */
  segment?: string
  experiments: Record<string, string>
  /** Whether their pages name their kind, or leave it to the site file. */
  givesPageKind: boolean
  currency: string
  devices: [Device, ...Device[]]
}

// The variants of the demo's one experiment; `one_page` really converts better.
export const EXPERIMENT = 'checkout'
export const UPLIFT: Record<string, number> = { three_steps: 0.8, one_page: 1.25 }

export function newVisitor(
  random: Random,
  { segment, device }: { segment?: string; device?: Device['is'] },
): Visitor {
  const home = random.weighted(HOMES)
  const visitor: Visitor = {
    customerId: `C${random.int(10_000_000, 99_999_999)}`,
    language: home.french ? 'fr' : 'en',
    geo: { country: home.country, region: home.region, city: random.pick(home.cities) },
    experiments: { [EXPERIMENT]: random.pick(Object.keys(UPLIFT)) },
    givesPageKind: random.chance(0.5),
    currency: random.chance(0.7) ? home.currency : 'EUR',
    devices: [newDevice(random, device)],
  }
  if (segment !== undefined && random.chance(0.92)) visitor.segment = segment
  return visitor
}

export function newDevice(random: Random, is: Device['is'] = random.weighted(DEVICES)): Device {
  return { anonymousId: random.uuid(), is, signedIn: false }
}

export const PHONE_APP: Device['is'] = { type: 'mobile', os: 'iOS', browser: 'Atelier app' }

const DEVICES: readonly (readonly [number, Device['is']])[] = [
  [24, { type: 'mobile', os: 'iOS', browser: 'Safari' }],
  [30, { type: 'mobile', os: 'Android', browser: 'Chrome' }],
  [22, { type: 'desktop', os: 'Windows', browser: 'Edge' }],
  [12, { type: 'desktop', os: 'macOS', browser: 'Firefox' }],
  [9, { type: 'tablet', os: 'iPadOS', browser: 'Safari' }],
  [2, { type: 'tv', os: 'Tizen', browser: 'Samsung Internet' }],
  [1, { type: 'other', os: 'Linux' }],
]

type Home = { country: string; region: string; cities: string[]; currency: string; french: boolean }

const HOMES: readonly (readonly [number, Home])[] = [
  [26, homeOf('FR', 'Île-de-France', 'Paris Versailles Montreuil', 'EUR')],
  [16, homeOf('FR', 'Auvergne-Rhône-Alpes', 'Lyon Grenoble Saint-Étienne', 'EUR')],
  [12, homeOf('FR', 'Bretagne', 'Rennes Brest Quimper', 'EUR')],
  [8, homeOf('FR', 'Occitanie', 'Toulouse Montpellier Nîmes', 'EUR')],
  [9, homeOf('BE', 'Wallonie', 'Liège Namur Mons', 'EUR')],
  [6, homeOf('CH', 'Vaud', 'Lausanne Vevey Yverdon', 'CHF')],
  [7, homeOf('GB', 'England', 'London Leeds Bristol', 'GBP')],
  [6, homeOf('US', 'New York', 'Brooklyn Albany Buffalo', 'USD')],
  [5, homeOf('DE', 'Bayern', 'München Nürnberg Augsburg', 'EUR')],
  [3, homeOf('IE', 'Leinster', 'Dublin Kilkenny Drogheda', 'EUR')],
  [2, homeOf('SE', 'Skåne', 'Malmö Lund Helsingborg', 'SEK')],
]

function homeOf(country: string, region: string, cities: string, currency: string): Home {
  const french = country === 'FR' || country === 'BE' || country === 'CH'
  return { country, region, cities: cities.split(' '), currency, french }
}
