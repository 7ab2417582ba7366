import type { StageModelInput } from '../../src/domain/stage-model.ts'

/**
 * A sound model that no shop would write: no stage called purchase, optional stages side by side,
 * two days of quiet, and every kind of condition that a rule can have.
 */
export const oddModel: StageModelInput = {
  name: 'odd',
  version: 3,
  quietDays: 2,
  stages: [
    { id: 'hear', label: { en: 'Hear', fr: 'Entendre' }, patienceDays: 1 },
    { id: 'chat', label: { en: 'Chat', fr: 'Discuter' }, optional: true },
    { id: 'help', label: { en: 'Help', fr: 'Aide' }, optional: true, patienceDays: 2 },
    { id: 'try', label: { en: 'Try', fr: 'Essayer' }, patienceDays: 3 },
    { id: 'own', label: { en: 'Own', fr: 'Posséder' } },
    { id: 'talk', label: { en: 'Talk', fr: 'Parler' }, optional: true },
    { id: 'fan', label: { en: 'Fan', fr: 'Fan' } },
  ],
  rules: [
    {
      id: 'named-again',
      when: [{}],
      journey: { sameOrderSeen: true, entered: 'own' },
      stage: 'furthest',
      milestone: false,
    },
    {
      id: 'owned',
      when: [{ type: ['order'], action: ['placed', 'updated'] }],
      journey: { notEntered: 'own' },
      stage: 'own',
      milestone: true,
    },
    {
      id: 'much-sent',
      when: [{ rating: { min: 5 } }, { score: { min: 2, max: 9 } }],
      journey: { earlier: { match: [{ outbound: true }, { pageKind: ['error'] }], atLeast: 2 } },
      stage: 'fan',
      milestone: true,
    },
    {
      id: 'ticket',
      when: [{ type: ['support_ticket'] }],
      stage: 'help',
      milestone: { action: ['opened', 'resolved'] },
    },
    {
      id: 'spoke',
      when: [{ type: ['message'], outbound: false }],
      journey: { entered: 'try' },
      stage: 'talk',
      milestone: true,
    },
    { id: 'chatted', when: [{ type: ['message', 'custom'] }], stage: 'chat', milestone: true },
    {
      id: 'tried',
      when: [{ type: ['cart', 'page_view'] }],
      journey: {
        earlier: { match: [{ type: ['page_view', 'cart'], outbound: false }], atLeast: 2 },
      },
      stage: 'try',
      milestone: true,
    },
    { id: 'reward', when: [{ type: ['loyalty'] }], stage: 'hear', milestone: true },
    {
      id: 'new-order',
      when: [{ type: ['order', 'delivery'] }],
      journey: { sameOrderSeen: false },
      stage: 'own',
      milestone: false,
    },
    { id: 'rest', when: [{}], stage: 'furthest', milestone: false },
  ],
}
