-- One row a journey of the person, the newest first.
-- Uses (site, generation, person).
SELECT
  journey,
  toUnixTimestamp64Milli(started_at) AS started_ms,
  toUnixTimestamp64Milli(last_step_at) AS last_step_ms,
  furthest,
  entered_ms,
  entered_implied,
  steps,
  steps_omitted,
  frictions,
  orders,
  toString(value) AS value_text,
  unconverted,
  returning,
  channel,
  device,
  source,
  medium,
  campaign,
  country,
  landing,
  segment,
  experiments
FROM journeys FINAL
WHERE site = {site:String} AND generation = {generation:UInt32} AND person = {person:UInt64}
  AND person_kind = {kind:String} AND person_id = {id:String} AND is_deleted = 0
  AND toUnixTimestamp64Milli(started_at) < {beforeMs:Int64}
ORDER BY started_at DESC
LIMIT {limit:UInt32}
