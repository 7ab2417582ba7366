import { z } from 'zod'
import { ID_CHARACTERS_MAX, type Touchpoint } from './touchpoint.ts'
import {
  ACTION_CHARACTERS_MAX,
  COMMENT_CHARACTERS_MAX,
  EXPERIMENTS_MAX,
  LABEL_CHARACTERS_MAX,
  MONEY_FRACTION_DIGITS_MAX,
  MONEY_INTEGER_DIGITS_MAX,
  OCCURRED_AT_MS_MIN,
  PATH_CHARACTERS_MAX,
  PERSON_ID_CHARACTERS_MAX,
  QUANTITY_MAX,
  RATING_RANGE,
  SCORE_RANGES,
  URL_CHARACTERS_MAX,
} from './touchpoint-limits.ts'
import { ACTIONS, CHANNELS, DEVICE_TYPES, PAGE_KINDS, TOUCHPOINT_TYPES } from './vocabulary.ts'

const text = (charactersMax: number) => z.string().min(1).max(charactersMax)
const label = text(LABEL_CHARACTERS_MAX).optional()
const personId = text(PERSON_ID_CHARACTERS_MAX).optional()
const money = z
  .string()
  .regex(
    new RegExp(
      `^(0|[1-9]\\d{0,${MONEY_INTEGER_DIGITS_MAX - 1}})(\\.\\d{1,${MONEY_FRACTION_DIGITS_MAX}})?$`,
    ),
    'a decimal string such as "1234.50"',
  )
  .optional()
  .meta({ description: 'A decimal string, in the currency of `order`, else of the site.' })

// What is empty is as if absent: an accepted touchpoint holds none.
const part = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape).refine((value) => Object.keys(value).length > 0, 'empty')

const shared = {
  type: z.enum(TOUCHPOINT_TYPES).meta({ description: 'Required.' }),
  anonymousId: personId.meta({ description: "The device's id. This or `customerId` is required." }),
  customerId: personId.meta({ description: "The shop's id of the person." }),
  campaign: part({
    source: label,
    medium: label,
    name: label,
    term: label,
    content: label,
  }).optional(),
  page: part({
    url: text(URL_CHARACTERS_MAX).optional(),
    path: text(PATH_CHARACTERS_MAX).optional(),
    title: label,
    referrer: text(URL_CHARACTERS_MAX).optional(),
    kind: z.enum(PAGE_KINDS).optional().meta({
      description: "Derived from the path by the site's patterns where it is missing.",
    }),
  }).optional(),
  products: z
    .array(
      part({
        id: label,
        name: label,
        category: label,
        brand: label,
        price: money,
        quantity: z.number().min(0).max(QUANTITY_MAX).optional(),
      }),
    )
    .min(1)
    .optional(),
  order: part({
    id: label.meta({ description: 'An order without one is an order of its own.' }),
    value: money,
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'an ISO 4217 code such as EUR')
      .optional()
      .meta({ description: "ISO 4217; the site's where it is missing." }),
    tax: money,
    shipping: money,
    discount: money,
    coupon: label,
  }).optional(),
  device: part({ type: z.enum(DEVICE_TYPES).optional(), os: label, browser: label }).optional(),
  geo: part({ country: label, region: label, city: label }).optional(),
  rating: z
    .int()
    .min(RATING_RANGE.min)
    .max(RATING_RANGE.max)
    .optional()
    .meta({ description: 'Of a review: stars.' }),
  score: z
    .int()
    .min(0)
    .max(SCORE_RANGES.nps.max)
    .optional()
    .meta({
      description: `Of a survey: ${Object.entries(SCORE_RANGES)
        .map(([action, { min, max }]) => `${action} ${min} to ${max}`)
        .join(', ')}.`,
    }),
  comment: text(COMMENT_CHARACTERS_MAX).optional(),
  segment: label.meta({ description: 'Persona.' }),
  experiments: z
    .record(z.string().max(LABEL_CHARACTERS_MAX), text(LABEL_CHARACTERS_MAX))
    .refine((tests) => Object.keys(tests).length <= EXPERIMENTS_MAX, 'too many tests')
    .optional()
    .meta({
      description: 'The variant of each A/B test that the person saw: `{ test: variant }`.',
    }),
  properties: z.record(z.string(), z.json()).optional().meta({ description: 'Anything else.' }),
}

/** A touchpoint as accepted: what `normalise` answers, and whatever it answers fits this. */
export const touchpointSchema: z.ZodType<Touchpoint> = z
  .strictObject({
    site: z.string().min(1),
    id: text(ID_CHARACTERS_MAX),
    action: text(ACTION_CHARACTERS_MAX),
    occurredAt: z.int().min(OCCURRED_AT_MS_MIN),
    receivedAt: z.int(),
    channel: z.enum(CHANNELS),
    ...shared,
  })
  .superRefine(({ type, action, anonymousId, customerId, score }, context) => {
    const actions: readonly string[] = ACTIONS[type]
    if (type !== 'custom' && !actions.includes(action))
      context.addIssue(`no action "${action}" of ${type}`)
    const both = type === 'identify' || type === 'unlink'
    const named = Number(anonymousId !== undefined) + Number(customerId !== undefined)
    if (named < (both ? 2 : 1)) context.addIssue('a person id is missing')
    if (score === undefined) return
    const range = type === 'survey' ? SCORE_RANGES[action as keyof typeof SCORE_RANGES] : undefined
    if (range === undefined || score < range.min || score > range.max)
      context.addIssue('no such score')
  }) as z.ZodType<Touchpoint>

/**
 * A touchpoint as a sender is asked to write it; the reference of the API is made from this.
 * The collector reads much that is written otherwise: see `normalise`.
 */
export const sentTouchpointSchema = z.looseObject({
  id: text(ID_CHARACTERS_MAX).optional().meta({
    description: 'Idempotency key, a UUID at best. Without one: a hash of the content as sent.',
  }),
  ...shared,
  action: text(ACTION_CHARACTERS_MAX)
    .optional()
    .meta({
      description: `One of the type's actions; its first where none is given. Of \`custom\` any name, required. ${Object.entries(
        ACTIONS,
      )
        .filter(([, actions]) => actions.length > 0)
        .map(([type, actions]) => `${type}: ${actions.join(', ')}`)
        .join('; ')}.`,
    }),
  occurredAt: z
    .union([z.iso.datetime({ offset: true }), z.number()])
    .optional()
    .meta({
      description: 'RFC 3339 or epoch milliseconds; the moment of receipt where it is missing.',
    }),
  channel: z.enum(CHANNELS).default('other'),
})
