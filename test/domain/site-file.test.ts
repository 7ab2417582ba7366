import { describe, expect, test } from 'vitest'
import { ecommerce } from '../../src/domain/models/ecommerce.ts'
import { parseSite } from '../../src/domain/site.ts'

/** The lines that `parcours site check` shows, without its heading. */
function problemsOf(input: unknown): string[] {
  try {
    parseSite(input)
    return []
  } catch (error) {
    const [, ...lines] = (error as Error).message.split('\n')
    return lines.map((line) => line.trim())
  }
}

const MODEL = {
  name: 'mine',
  version: 1,
  stages: [
    { id: 'visit', label: { en: 'Visit', fr: 'Visite' } },
    { id: 'help', label: { en: 'Help', fr: 'Aide' }, optional: true },
    { id: 'buy', label: { en: 'Buy', fr: 'Achat' } },
  ],
  rules: [
    { id: 'order', when: [{ type: ['order'] }], stage: 'buy', milestone: true },
    { id: 'rest', when: [{}], stage: 'furthest', milestone: false },
  ],
}
const [VISIT, HELP, BUY] = MODEL.stages
const [ORDER, REST] = MODEL.rules
const ruled = (change: object) => ({ model: { ...MODEL, rules: [{ ...ORDER, ...change }, REST] } })

describe('a site file is refused with the place, what is wrong and what is expected:', () => {
  test.each<[what: string, file: unknown, line: string]>([
    ['no object', [], '(file): must be an object: { … }, not []'],
    [
      'a name with capitals',
      { site: 'Shop' },
      'site: must be at most 63 lower-case letters, digits, . _ and -, a letter or digit first, not "Shop"',
    ],
    [
      'a member that there is not',
      { timezone: 'UTC' },
      'timezone: is not known here; known are $schema, site, timeZone, currency, rates, pages, horizonDays, model',
    ],
    [
      'a zone of nowhere',
      { timeZone: 'Paris' },
      'timeZone: must be an IANA time zone such as Europe/Paris, not "Paris"',
    ],
    [
      'a sign for a currency',
      { currency: '€' },
      'currency: must be an ISO 4217 code such as EUR, not "€"',
    ],
    [
      'a rate as a number',
      { rates: { USD: 0.92 } },
      'rates.USD: must be a decimal string such as "0.92", not 0.92',
    ],
    [
      'a rate of no currency',
      { rates: { dollar: '0.92' } },
      'rates.dollar: must be an ISO 4217 code such as EUR, not "dollar"',
    ],
    ['a rate of nothing', { rates: { USD: '0.00' } }, 'rates.USD: must be more than 0, not "0.00"'],
    [
      'a rate of the own currency',
      { currency: 'USD', rates: { USD: '0.92', GBP: '1.17' } },
      "rates.USD: is the rate of the site's own currency, which needs none: rates are in USD",
    ],
    [
      'a pattern that is none',
      { pages: [{ pattern: '(', kind: 'home' }] },
      'pages[0].pattern: must be a regular expression, not "("',
    ],
    [
      'a page without a kind',
      { pages: [{ pattern: '/' }] },
      'pages[0].kind: is missing: it must be one of home, landing, category, search, product, comparison, review, size_guide, article, cart, checkout, confirmation, account, help, error, other',
    ],
    ['half a day', { horizonDays: 0.5 }, 'horizonDays: must be a whole number, not 0.5'],
    ['no days', { horizonDays: 0 }, 'horizonDays: must be at least 1, not 0'],
    [
      'an unknown model',
      { model: 'classics' },
      'model: must be "ecommerce", "classic" or a whole model: { … }, not "classics"',
    ],
    [
      'a missing label',
      { model: { ...MODEL, stages: [VISIT, HELP, { id: 'buy' }] } },
      'model.stages[2].label: is missing: it must be the name in two languages, { "en": "…", "fr": "…" }',
    ],
    [
      'a label in one language',
      { model: { ...MODEL, stages: [VISIT, HELP, { ...BUY, label: { en: 'Buy' } }] } },
      'model.stages[2].label.fr: is missing: it must be text',
    ],
    [
      'an empty label',
      { model: { ...MODEL, stages: [{ ...VISIT, label: { en: '', fr: 'Visite' } }, BUY] } },
      'model.stages[0].label.en: must not be empty',
    ],
    [
      'one stage only',
      { model: { ...MODEL, stages: [BUY] } },
      'model.stages: must list at least 2, not 1',
    ],
    [
      'too many stages',
      {
        model: {
          ...MODEL,
          stages: Array.from({ length: 13 }, (_, at) => ({ ...VISIT, id: `s${at}` })),
          rules: [REST],
        },
      },
      'model.stages: must list at most 12, not 13',
    ],
    [
      'a version as text',
      { model: { ...MODEL, version: '1' } },
      'model.version: must be a whole number, not "1"',
    ],
    [
      'a name without a letter',
      { model: { ...MODEL, name: '1st' } },
      'model.name: must be at most 40 lower-case letters, digits, - and _, a letter first, not "1st"',
    ],
    [
      'no rules',
      { model: { ...MODEL, rules: undefined } },
      'model.rules: is missing: it must be a list: [ … ]',
    ],
    [
      'a rule without effect',
      ruled({ milestone: undefined }),
      'model.rules[0].milestone (rule "order"): is missing: it must be true, false or { "action": [ … ] }',
    ],
    [
      'a milestone of a wrong form',
      ruled({ milestone: { action: [] } }),
      'model.rules[0].milestone.action (rule "order"): must not be empty',
    ],
    [
      'a mistyped condition',
      ruled({ when: [{ typ: ['order'] }] }),
      'model.rules[0].when[0].typ (rule "order"): is not known here; known are type, action, outbound, pageKind, rating, score',
    ],
    [
      'an unknown type',
      ruled({ when: [{ type: ['orders'] }] }),
      'model.rules[0].when[0].type[0] (rule "order"): must be one of ad_click, page_view, cart, order, delivery, support_ticket, review, survey, message, loyalty, identify, unlink, custom, not "orders"',
    ],

    [
      'an unknown stage',
      ruled({ stage: 'pay' }),
      'model.rules[0].stage (rule "order"): must be a stage of the model, which are visit, help, buy, not "pay"',
    ],
    [
      'an unknown stage in a condition',
      ruled({ journey: { entered: 'pay' } }),
      'model.rules[0].journey.entered (rule "order"): must be a stage of the model, which are visit, help, buy, not "pay"',
    ],
    [
      'a stage to enter and not',
      ruled({ journey: { entered: 'help', notEntered: 'help' } }),
      'model.rules[0].journey (rule "order"): can never match: "help" is to be entered and not entered',
    ],
    [
      'an action of another type',
      ruled({ when: [{ type: ['review'], action: ['placed'] }] }),
      'model.rules[0].when[0].action (rule "order"): can never match: no action "placed" of review, which have posted',
    ],
    [
      'an action of another type, earlier',
      ruled({
        journey: { earlier: { match: [{}, { type: ['review'], action: ['placed'] }], atLeast: 1 } },
      }),
      'model.rules[0].journey.earlier.match[1].action (rule "order"): can never match: no action "placed" of review, which have posted',
    ],
    [
      'an empty range',
      ruled({ when: [{ rating: { min: 4, max: 2 } }] }),
      'model.rules[0].when[0].rating (rule "order"): can never match: at least 4 and at most 2',
    ],
    [
      'an empty list',
      ruled({ when: [{ type: [] }] }),
      'model.rules[0].when[0].type (rule "order"): can never match an empty list: name at least one, or leave it out for any',
    ],
    [
      'a rule for identify',
      ruled({ when: [{ type: ['identify'] }] }),
      'model.rules[0].when[0].type (rule "order"): must be without identify and unlink: they are no steps of a journey, no rule sees them',
    ],
    [
      'a rule that another hides',
      { model: { ...MODEL, rules: [{ ...REST, id: 'all' }, REST] } },
      'model.rules[1] (rule "rest"): can never match: the rule "all" above it takes everything first; move it up, or drop it',
    ],
    [
      'a rule id twice',
      { model: { ...MODEL, rules: [ORDER, { ...REST, id: 'order' }] } },
      'model.rules[1].id (rule "order"): must be a name of its own: "order" is used twice',
    ],
    [
      'no rule for the rest',
      { model: { ...MODEL, rules: [ORDER] } },
      'model.rules: the last rule must take any touchpoint, so that none is left without a stage: "when": [{}], without "journey"',
    ],
    [
      'a condition on the last rule',
      { model: { ...MODEL, rules: [ORDER, { ...REST, journey: { entered: 'buy' } }] } },
      'model.rules: the last rule must take any touchpoint, so that none is left without a stage: "when": [{}], without "journey"',
    ],
    [
      'a milestone of the furthest stage',
      { model: { ...MODEL, rules: [ORDER, { ...REST, milestone: true }] } },
      'model.rules[1].milestone (rule "rest"): must be false: a rule to the furthest stage enters nothing',
    ],
    [
      'two stages of one name',
      { model: { ...MODEL, stages: [VISIT, { ...BUY, id: 'visit' }, BUY] } },
      'model.stages[1].id: must be a name of its own: "visit" is stages[0] already',
    ],
    [
      'a stage called furthest',
      { model: { ...MODEL, stages: [VISIT, { ...HELP, id: 'furthest' }, BUY] } },
      'model.stages[1].id: must be another name: "furthest" is a word of rules, not a stage',
    ],
    [
      'an optional end',
      { model: { ...MODEL, stages: [VISIT, { ...BUY, optional: true }] } },
      'model.stages[1].optional: must be false: the last stage of a model is required',
    ],
  ])('%s', (_what, file, line) => {
    expect(problemsOf(file)).toEqual([line])
  })
})

test('what is wrong in one part hides nothing of the others, and all is said in reading order', () => {
  const file = {
    currency: 'euro',
    model: {
      ...MODEL,
      quietDays: 0,
      stages: [
        VISIT,
        { id: 'help', label: { en: 'Help' }, optional: true },
        { ...BUY, optional: true },
      ],
      rules: [
        { ...ORDER, stage: 'pay', milestone: 'yes' },
        {
          id: 'ticket',
          when: [{ type: ['support_ticket'], action: ['closed'] }, { kind: 'x' }],
          stage: 'help',
          milestone: true,
        },
        {
          ...ORDER,
          id: 'review',
          when: [{ type: ['review'] }],
          journey: { entered: 'pays', since: 3 },
        },
      ],
    },
  }
  expect(problemsOf(file).map((line) => line.slice(0, line.indexOf(': ')))).toEqual([
    'currency',
    'model.quietDays',
    'model.stages[1].label.fr',
    'model.stages[2].optional',
    'model.rules[0].milestone (rule "order")',
    'model.rules[0].stage (rule "order")',
    'model.rules[1].when[1].kind (rule "ticket")',
    'model.rules[1].when[0].action (rule "ticket")',
    'model.rules[2].journey.since (rule "review")',
    'model.rules[2].journey.entered (rule "review")',
    'model.rules',
  ])
})

test('the shipped models written out are sound', () => {
  expect(problemsOf({ model: ecommerce })).toEqual([])
})
