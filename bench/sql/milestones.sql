-- One row a stage entered and one standing (stage 0) for each version that was written or taken
-- back from one instant to another: one insert, as the warehouse step makes it.
INSERT INTO milestones SETTINGS insert_deduplicate = 0
WITH
  if(is_final, 0, shift_ms) AS later_ms,
  start + toIntervalMillisecond(later_ms) AS began,
  arrayMap(ms -> if(ms < 0 OR ms > seen_ms, -1, greatest(ms - later_ms, 0)), entered_ms) AS entered,
  toUInt8(arrayMax(arrayMap((ms, of) -> if(ms < 0 OR of = 5, 0, of), entered, range(1, 7))))
    AS reached,
  multiIf(
    stage IN (0, 1, 5) OR entered_implied[stage], 0,
    stage = 6, 4,
    stage = 3 AND entered_implied[2], 1,
    stage - 1
  ) AS previous,
  (ms) -> if(ms < 0, toDate(0), toDate(began + toIntervalMillisecond(ms))) AS day_at
SELECT
  {site:String},
  {generation:UInt32},
  person,
  if(is_final, journey, journey + 1),
  toDate(began),
  stage,
  if(stage = 0, toDate(began), day_at(entered[stage])),
  if(stage = 0, 0, entered_implied[stage]),
  reached,
  if(stage = 0, day_at(seen_ms - later_ms), toDate(0)),
  if(stage = 0, 0, entered[stage]),
  previous,
  if(previous = 0, 0, entered[stage] - entered[previous]),
  if(stage = 0, entered, []),
  if(stage = 0, arrayMap(day_at, entered), []),
  if(stage = 0, arrayMap((ms, implied) -> ms >= 0 AND implied, entered, entered_implied), []),
  CAST(channel, 'Int8'),
  CAST(device, 'Int8'),
  returning,
  source,
  source + 1,
  campaign,
  country,
  landing,
  segment,
  []::Array(UInt64),
  if(reached >= 3 AND stage IN (0, 3), value, 0),
  0,
  sign
FROM bench_journeys
INNER JOIN
(
  SELECT number, seen_ms, is_final, sign, stages
  FROM bench_versions
  WHERE at >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC')
    AND at < fromUnixTimestamp64Milli({endMs:Int64}, 'UTC')
) AS versions USING number
ARRAY JOIN stages AS stage
WHERE stage = 0 OR entered[stage] >= 0
