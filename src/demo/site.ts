import { ecommerce } from '../domain/models/ecommerce.ts'
import type { siteSchema } from '../domain/site.ts'
import type { z } from 'zod'
import { PAGE_PATTERNS } from './pages.ts'

export type SiteInput = z.input<typeof siteSchema>

// Days. The demo shows the last weeks only, where nobody could yet be 30 days late.
const PATIENCE_DAYS: Record<string, number> = {
  awareness: 2,
  consideration: 4,
  purchase: 8,
  delivery: 10,
  support: 8,
}

/** The demo shop's site file: what `--site` replaces. */
export const DEMO_SITE: SiteInput = {
  site: 'atelier-celeste',
  timeZone: 'Europe/Paris',
  currency: 'EUR',
  // Swedish crowns have no rate on purpose: an answer says how many orders it could not convert.
  rates: { USD: '0.92', GBP: '1.17', CHF: '1.04' },
  pages: PAGE_PATTERNS,
  model: {
    ...ecommerce,
    name: 'atelier',
    stages: ecommerce.stages.map(({ id, label, optional }) => ({
      id,
      label,
      optional,
      patienceDays: PATIENCE_DAYS[id] ?? 30,
    })),
  },
}
