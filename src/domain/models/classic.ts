import type { StageModelInput } from '../stage-model.ts'

/** `classic@1`: four stages; whatever follows a purchase is one stage, entered by what the customer or the carrier does. The first rule that matches decides. */
export const classic: StageModelInput = {
  name: 'classic',
  version: 1,
  quietDays: 90,
  stages: [
    { id: 'awareness', label: { en: 'Awareness', fr: 'Découverte' } },
    { id: 'consideration', label: { en: 'Consideration', fr: 'Considération' } },
    { id: 'purchase', label: { en: 'Purchase', fr: 'Achat' } },
    { id: 'post-purchase', label: { en: 'Post-purchase', fr: 'Après-achat' } },
  ],
  rules: [
    {
      id: 'positive-voice',
      when: [
        { type: ['review'], rating: { min: 4 } },
        { type: ['survey'], action: ['nps'], score: { min: 9 } },
        { type: ['survey'], action: ['csat'], score: { min: 4 } },
      ],
      journey: { entered: 'purchase' },
      stage: 'post-purchase',
      milestone: true,
    },
    {
      id: 'loyalty-act',
      when: [{ type: ['loyalty'] }],
      journey: { entered: 'purchase' },
      stage: 'post-purchase',
      milestone: true,
    },
    {
      id: 'same-order',
      when: [{ type: ['order'], action: ['placed'] }],
      journey: { sameOrderSeen: true },
      stage: 'purchase',
      milestone: false,
    },
    {
      id: 'repeat-order',
      when: [{ type: ['order'], action: ['placed'] }],
      journey: { earlier: { match: [{ type: ['order'], action: ['placed'] }], atLeast: 1 } },
      stage: 'post-purchase',
      milestone: true,
    },
    {
      id: 'first-order',
      when: [{ type: ['order'], action: ['placed'] }],
      stage: 'purchase',
      milestone: true,
    },
    { id: 'order-news', when: [{ type: ['order'] }], stage: 'purchase', milestone: false },
    {
      id: 'delivered',
      when: [{ type: ['delivery'], action: ['delivered'] }],
      stage: 'post-purchase',
      milestone: true,
    },
    {
      id: 'delivery-news',
      when: [{ type: ['delivery'] }],
      stage: 'post-purchase',
      milestone: false,
    },
    {
      id: 'ticket-after-purchase',
      when: [{ type: ['support_ticket'] }],
      journey: { entered: 'purchase' },
      stage: 'post-purchase',
      milestone: { action: ['opened'] },
    },
    {
      id: 'ticket-before-purchase',
      when: [{ type: ['support_ticket'] }],
      stage: 'consideration',
      milestone: false,
    },
    {
      id: 'after-purchase',
      when: [{}],
      journey: { entered: 'purchase' },
      stage: 'furthest',
      milestone: false,
    },
    {
      id: 'voice-before-purchase',
      when: [{ type: ['review', 'survey'] }],
      stage: 'consideration',
      milestone: false,
    },
    { id: 'cart', when: [{ type: ['cart'] }], stage: 'consideration', milestone: true },
    {
      id: 'active-research',
      when: [{ type: ['page_view'], pageKind: ['search', 'comparison', 'review', 'size_guide'] }],
      stage: 'consideration',
      milestone: true,
    },
    {
      id: 'second-page',
      when: [{ type: ['page_view'] }],
      journey: { earlier: { match: [{ type: ['page_view'] }], atLeast: 1 } },
      stage: 'consideration',
      milestone: true,
    },
    {
      id: 'first-contact',
      when: [
        { type: ['page_view'] },
        { type: ['ad_click'] },
        { type: ['message'], outbound: false },
      ],
      stage: 'awareness',
      milestone: true,
    },
    { id: 'other', when: [{}], stage: 'furthest', milestone: false },
  ],
}
