/** Touchpoints as senders write them; each is accepted as it stands. */

export const ONE = { type: 'page_view', anonymousId: 'device-1', page: { path: '/' } }

export const ORDER = {
  id: '0b9c8a4e-3f6b-4f43-9a52-5f1f0c3d7e21',
  type: 'order',
  action: 'placed',
  occurredAt: '2025-03-14T19:25:00+01:00',
  customerId: 'customer-7',
  channel: 'web',
  products: [{ id: 'boots-42', name: 'Walking boots', price: '89.90', quantity: 1 }],
  order: { id: 'order-1001', value: '94.80', currency: 'EUR', shipping: '4.90' },
}

export const SIGN_IN = {
  id: 'c1f1b3a2-6d0e-4d0f-8f5e-8a7f9f1f2b10',
  type: 'identify',
  occurredAt: '2025-03-14T19:20:00+01:00',
  anonymousId: 'device-1',
  customerId: 'customer-7',
}

/** A whole journey, from an advertisement to a review. */
export const JOURNEY = {
  touchpoints: [
    {
      id: 'e0d3f0c4-0001-4000-8000-000000000001',
      type: 'ad_click',
      occurredAt: '2025-03-14T17:58:00Z',
      anonymousId: 'device-1',
      channel: 'ads',
      campaign: { source: 'search', medium: 'cpc', name: 'spring' },
    },
    {
      id: 'e0d3f0c4-0001-4000-8000-000000000002',
      type: 'page_view',
      occurredAt: 1_741_975_085_000,
      anonymousId: 'device-1',
      channel: 'web',
      page: { url: 'https://shop.example/boots', title: 'Boots', kind: 'category' },
      device: { type: 'mobile', os: 'iOS', browser: 'Safari' },
      experiments: { checkout: 'one-page' },
    },
    {
      id: 'e0d3f0c4-0001-4000-8000-000000000003',
      type: 'cart',
      action: 'added',
      occurredAt: '2025-03-14T18:10:00Z',
      anonymousId: 'device-1',
      channel: 'web',
      products: [{ id: 'boots-42', price: '89.90', quantity: 1 }],
    },
    SIGN_IN,
    ORDER,
    {
      id: 'e0d3f0c4-0001-4000-8000-000000000004',
      type: 'delivery',
      action: 'delivered',
      occurredAt: '2025-03-18T10:30:00Z',
      customerId: 'customer-7',
      order: { id: 'order-1001' },
    },
    {
      id: 'e0d3f0c4-0001-4000-8000-000000000005',
      type: 'review',
      occurredAt: '2025-03-19T20:00:00Z',
      customerId: 'customer-7',
      rating: 5,
      comment: 'Dry feet all day.',
    },
    {
      id: 'e0d3f0c4-0001-4000-8000-000000000006',
      type: 'custom',
      action: 'size_advice_given',
      occurredAt: '2025-03-14T18:05:00Z',
      anonymousId: 'device-1',
      channel: 'chat',
      properties: { advisor: 'Camille', minutes: 4 },
    },
  ],
}
