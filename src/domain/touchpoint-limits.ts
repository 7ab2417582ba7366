/**
 * How long and how many. Characters are UTF-16 code units, as in JavaScript's `length`.
 * The sizes of a touchpoint, a batch and an id stand beside the type in touchpoint.ts.
 */

// The longest e-mail address has 254, and people are often known by theirs; it is part of state keys.
export const PERSON_ID_CHARACTERS_MAX = 256
// An action's name is a word of a list that people choose from.
export const ACTION_CHARACTERS_MAX = 100
// Names, titles and campaign parts are labels of figures; the longest real ones are page titles.
export const LABEL_CHARACTERS_MAX = 1_024
// What servers and browsers commonly take; longer ones do not come back from a click.
export const URL_CHARACTERS_MAX = 8_192
// A landing page is a line of a table, and every pattern of the site reads it.
export const PATH_CHARACTERS_MAX = 1_024
// Some fifteen hundred words: more than any form of a shop allows.
export const COMMENT_CHARACTERS_MAX = 10_000
// Each is a value of a row's array; a shop runs a handful of tests at a time.
export const EXPERIMENTS_MAX = 50

// Real events nest five or six levels; more is a serialised object graph, and every reader recurses.
export const TOUCHPOINT_DEPTH_MAX = 12
// A basket of 100 products has 600; more is a table sent as one event.
export const TOUCHPOINT_KEYS_MAX = 1_000

// Decimal(18,4) holds 14 digits before the point; two are left so that sums of a journey fit too.
export const MONEY_INTEGER_DIGITS_MAX = 12
export const MONEY_FRACTION_DIGITS_MAX = 4
// A number longer than this is no amount of money, whatever its digits.
export const MONEY_CHARACTERS_MAX = 64
// Grains of rice by the kilogram stay below; more is an id in the wrong column.
export const QUANTITY_MAX = 1_000_000_000

/** Inclusive ranges of whole numbers. */
export const RATING_RANGE = { min: 1, max: 5 } as const
export const SCORE_RANGES = {
  nps: { min: 0, max: 10 },
  csat: { min: 1, max: 5 },
  ces: { min: 1, max: 7 },
} as const

// No shop on the web is older; earlier times come from clocks that were reset and from empty fields.
export const OCCURRED_AT_MS_MIN = Date.UTC(1990, 0, 1)
// A day covers every time zone sent as if it were UTC, and slow clocks of our own.
export const FUTURE_MS_MAX = 24 * 60 * 60 * 1000
// As milliseconds this is March 1973, as seconds the year 5138: no real time is on the wrong side.
export const EPOCH_MS_MIN = 1e11
