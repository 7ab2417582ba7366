/**
 * The warehouse's rows as they are written. Each table's columns stand here once, in the order of
 * the arrays below and of `schema/*.sql`; `site` and `generation` come first in every table.
 */

/** One row a stage entered, and one with stage 0, the standing, a journey. */
export const MILESTONES_COLUMNS = [
  'site', // LowCardinality(String)
  'generation', // UInt32
  'person', // UInt64, hash64 of the person's key
  'journey', // UInt64, hash64 of person and start
  'first_day', // Date of the site's time zone, 'YYYY-MM-DD'
  'stage', // UInt8, 1-based; 0 is the standing
  'entry_day', // Date the stage was entered; on the standing equal to first_day
  'implied', // UInt8, 1 when entered by implication; 0 on the standing
  'furthest', // UInt8, the journey's furthest required stage (as of now, on every row)
  'last_day', // Date of the last step that was activity or entered a stage; standing only, else 1970-01-01
  'since_start_ms', // UInt64, from the journey's start to the entry; 0 on the standing
  'previous_stage', // UInt8, the required stage last entered not by implication, before this; 0 none (and on implied and optional rows)
  'since_previous_ms', // UInt64, milliseconds since then
  'entered_ms', // Array(Int64), standing only: for stage 1..n milliseconds from start to entry, -1 not entered; else []
  'entered_days', // Array(Date), standing only: for stage 1..n the entry's day, 1970-01-01 not entered; else []
  'entered_implied', // Array(UInt8), standing only: for stage 1..n 1 when implied; else []
  'channel', // Enum8
  'device', // Enum8, 'unknown' where absent
  'returning', // UInt8
  'source', // UInt64 hash; 0 where absent, as are the next five
  'medium',
  'campaign',
  'country',
  'landing',
  'segment',
  'experiments', // Array(UInt64), hashes of `test:variant`
  'value', // Decimal(18,4) as string: the order's on a row that an order made, the journey's on the standing, else 0
  'unconverted', // UInt16, standing only: orders whose currency has no rate
  'sign', // Int8
] as const

/** One row a touchpoint in its journey. */
export const STEPS_COLUMNS = [
  'site',
  'generation',
  'person',
  'journey',
  'first_day',
  'seq', // UInt32, 1-based
  'touchpoint', // String, its id
  'source_key', // UInt64, hash64 of the device or customer key that the counted copy came through
  'type', // Enum8
  'action', // LowCardinality(String); of `custom` too
  'previous_type', // Enum8, 'none' at seq 1
  'stage', // UInt8
  'entered', // UInt8, 1 when it entered its stage itself
  'rule', // LowCardinality(String)
  'channel', // Enum8, the step's own
  'page_kind', // Enum8, 'none' where absent
  'friction', // UInt8
  'score', // Nullable(UInt8), a survey's score or a review's rating
  'since_start_ms', // UInt64
  'since_previous_ms', // UInt64
  'entry_channel', // Enum8; this and what follows are the journey's entry attributes
  'device',
  'returning',
  'source',
  'medium',
  'campaign',
  'country',
  'landing',
  'segment',
  'experiments',
  'sign',
] as const

/** One row a journey, with what a list or a person's page shows; replaced by version. */
export const JOURNEYS_COLUMNS = [
  'site',
  'generation',
  'person',
  'journey',
  'person_kind', // Enum8 'customer', 'device'
  'person_id', // String
  'started_at', // DateTime64(3,'UTC') as 'YYYY-MM-DD hh:mm:ss.mmm'
  'last_step_at', // DateTime64(3,'UTC')
  'first_day',
  'last_day',
  'furthest',
  'entered_ms', // as in milestones
  'entered_implied',
  'steps', // UInt32, all of them
  'steps_omitted', // UInt32, beyond the bound on rows
  'frictions', // UInt32
  'orders', // UInt32
  'value', // Decimal(18,4)
  'unconverted', // UInt16
  'returning', // UInt8
  'channel', // Enum8
  'device', // Enum8
  'source', // String, as text, as are the next five; '' where absent
  'medium',
  'campaign',
  'country',
  'landing',
  'segment',
  'experiments', // Array(String) `test:variant`
  'version', // UInt64, grows with every write of this person
  'is_deleted', // UInt8
] as const

/** Every accepted touchpoint whole, once a (key, id); replaced by version. */
export const TOUCHPOINTS_COLUMNS = [
  'site',
  'generation',
  'source_key', // UInt64, hash64 of the key
  'id', // String
  'type', // Enum8
  'action', // LowCardinality(String)
  'channel', // Enum8
  'occurred_at', // DateTime64(3,'UTC')
  'received_at', // DateTime64(3,'UTC')
  'anonymous_id', // String, '' where absent
  'customer_id', // String, '' where absent
  'content', // String, the touchpoint as JSON
  'version', // UInt64
] as const

/** From hash to text, for the open dimensions. */
export const NAMES_COLUMNS = [
  'site',
  'dimension', // LowCardinality(String): source, medium, campaign, country, landing, segment, experiment
  'hash', // UInt64
  'text', // String
] as const

export const TABLE_COLUMNS = {
  milestones: MILESTONES_COLUMNS,
  steps: STEPS_COLUMNS,
  journeys: JOURNEYS_COLUMNS,
  touchpoints: TOUCHPOINTS_COLUMNS,
  names: NAMES_COLUMNS,
} as const

export type TableName = keyof typeof TABLE_COLUMNS

/**
 * The ledger: one row a chunk of the topic `rows` that the warehouse step inserted. The position of
 * that step stands here too, and the sums that receipts show.
 */
export const CHUNKS_COLUMNS = [
  'site', // LowCardinality(String)
  'log_id', // String, which log the offsets are of
  'partition', // UInt32
  'from_offset', // UInt64, first record of the chunk
  'to_offset', // UInt64, the next record after it
  'inserted_at', // DateTime64(3,'UTC')
  'rows', // UInt64, rows inserted in all tables
  'touchpoints', // UInt64, touchpoints that were new
  'duplicates', // UInt64, copies that were dropped
  'corrections', // UInt64, people whose journeys something late or moved has changed
  'newest_occurred_at', // DateTime64(3,'UTC'), 1970-01-01 00:00:00.000 where it holds no touchpoint
] as const
