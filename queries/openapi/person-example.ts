import type { PersonAnswer } from '../person.ts'
import { FUNNEL_EXAMPLE } from './funnel-example.ts'

const { site, model, generation, timeZone, currency, newestTouchpointAt } = FUNNEL_EXAMPLE.receipt

/** The second touchpoint of a journey of three, the others left out. */
export const PERSON_EXAMPLE: PersonAnswer = {
  person: { kind: 'customer', id: 'customer-7' },
  journeys: [
    {
      journey: '13247998316622935264',
      startedAt: '2025-03-14T17:58:00.000Z',
      lastStepAt: '2025-03-14T18:25:00.000Z',
      returning: false,
      entry: { channel: 'ads', source: 'search', medium: 'cpc', campaign: 'spring' },
      stages: [
        {
          stage: 'awareness',
          label: { en: 'Awareness', fr: 'Découverte' },
          enteredAt: '2025-03-14T17:58:00.000Z',
          implied: false,
        },
        {
          stage: 'consideration',
          label: { en: 'Consideration', fr: 'Considération' },
          enteredAt: '2025-03-14T18:10:00.000Z',
          implied: false,
        },
        {
          stage: 'purchase',
          label: { en: 'Purchase', fr: 'Achat' },
          enteredAt: '2025-03-14T18:25:00.000Z',
          implied: false,
        },
      ],
      furthest: 'purchase',
      orders: 1,
      value: '94.8',
      currency: 'EUR',
      ordersNotConverted: 0,
      frictions: 0,
      steps: 3,
      stepsOmitted: 2,
      touchpoints: [
        {
          seq: 2,
          id: 'e0d3f0c4-0001-4000-8000-000000000003',
          occurredAt: '2025-03-14T18:10:00.000Z',
          type: 'cart',
          action: 'added',
          channel: 'web',
          stage: 'consideration',
          entered: true,
          rule: 'cart',
          why: 'Anything done with the cart brings the journey to Consideration.',
          friction: false,
          score: null,
          secondsSinceStart: 720,
          secondsSincePrevious: 720,
          content: {
            site: 'shop',
            id: 'e0d3f0c4-0001-4000-8000-000000000003',
            type: 'cart',
            action: 'added',
            occurredAt: 1_741_975_800_000,
            receivedAt: 1_741_975_800_412,
            channel: 'web',
            anonymousId: 'device-1',
            products: [{ id: 'boots-42', price: '89.90', quantity: 1 }],
          },
        },
      ],
    },
  ],
  next: null,
  receipt: {
    site,
    model,
    generation,
    timeZone,
    currency,
    rowsRead: 32,
    elapsedMs: 12,
    newestTouchpointAt,
    duplicatesDropped: 154,
    correctionsApplied: 234,
    machinesLeftOut: 0,
  },
}
