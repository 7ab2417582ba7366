import { describe, expect, test } from 'vitest'
import { ruleText } from '../../queries/rule-text.ts'
import { classic } from '../../src/domain/models/classic.ts'
import { ecommerce } from '../../src/domain/models/ecommerce.ts'
import { parseStageModel } from '../../src/domain/stage-model.ts'
import { oddModel } from '../support/odd-model.ts'

const model = parseStageModel(ecommerce)

describe('a rule of the model reads as a sentence for people:', () => {
  test.each([
    [
      'positive-voice',
      'Once Purchase is reached, a review with a rating of 4 or more, an NPS answer with a score of 9 or more or a CSAT answer with a score of 4 or more brings the journey to Loyalty.',
    ],
    [
      'same-order',
      'Where the order is known to the journey already, an order counts in Purchase, but does not bring the journey there.',
    ],
    ['repeat-order', 'After an earlier order, an order brings the journey to Loyalty.'],
    [
      'ticket-after-purchase',
      'Once Purchase is reached, anything in a support ticket counts in Support; a new support ticket also brings the journey there.',
    ],
    ['cart', 'Anything done with the cart brings the journey to Consideration.'],
    [
      'active-research',
      'A view of a page of the kind search, comparison, review or size guide brings the journey to Consideration.',
    ],
    ['second-page', 'After an earlier page view, a page view brings the journey to Consideration.'],
    [
      'first-contact',
      'A page view, a click on an ad or a message that the customer reacts to brings the journey to Awareness.',
    ],
    ['other', 'Any other touchpoint counts in the furthest stage reached so far.'],
  ])('%s', (id, sentence) => {
    expect(ruleText(id, model)).toBe(sentence)
  })
})

test('conditions of a shop’s own rules are told too', () => {
  const odd = parseStageModel(oddModel)
  expect(ruleText('owned', odd)).toBe(
    'While Own is not reached, an order or a change to an order brings the journey to Own.',
  )
  expect(ruleText('tried', odd)).toBe(
    'After at least 2 of the following: a page view by the customer or anything done with the cart by the customer, ' +
      'anything done with the cart or a page view brings the journey to Try.',
  )
})

test.each([ecommerce, classic, oddModel])(
  'every rule of $name is a sentence without a word of code',
  (input) => {
    const one = parseStageModel(input)
    for (const { id } of one.rules) {
      const text = ruleText(id, one)
      expect(text).toMatch(/^[A-Z][^_{}]*\.$/)
    }
  },
)

test('a label of its own goes first, and a rule that is gone says so', () => {
  const [first, ...rest] = ecommerce.rules
  const labelled = {
    ...ecommerce,
    rules: [{ ...first!, label: { en: 'A happy customer.', fr: 'Un client content.' } }, ...rest],
  }
  expect(ruleText('positive-voice', parseStageModel(labelled))).toBe('A happy customer.')
  expect(ruleText('gone', model)).toBe('The rule “gone” is not in the model any more.')
})
