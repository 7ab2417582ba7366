-- One row a stage entered and one standing (stage 0) for each version that was written or taken
-- back from one instant to another: one insert, as the warehouse step makes it.
INSERT INTO milestones SETTINGS insert_deduplicate = 0
WITH
  arrayMap((ms, of) -> if(of > reached AND of != 5, -1, ms), entered_ms, range(1, 7)) AS entered,
  multiIf(
    stage IN (0, 1, 5) OR entered_implied[stage], 0,
    stage = 6, 4,
    stage = 3 AND entered_implied[2], 1,
    stage - 1
  ) AS previous,
  (ms) -> if(ms < 0, toDate(0), toDate(start + toIntervalMillisecond(ms))) AS day_at
SELECT
  {site:String},
  {generation:UInt32},
  person,
  if(is_final_number, journey, journey + 1),
  toDate(start),
  stage,
  if(stage = 0, toDate(start), day_at(entered[stage])),
  if(stage = 0, 0, entered_implied[stage]),
  reached,
  if(stage = 0, day_at(seen_ms), toDate(0)),
  if(stage = 0, 0, entered[stage]),
  previous,
  if(previous = 0, 0, entered[stage] - entered[previous]),
  if(stage = 0, entered, []),
  if(stage = 0, arrayMap(day_at, entered), []),
  if(stage = 0, entered_implied, []),
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
  SELECT number, reached, seen_ms, is_final_number, sign, whole
  FROM bench_versions
  WHERE at >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC')
    AND at < fromUnixTimestamp64Milli({endMs:Int64}, 'UTC')
) AS versions USING number
ARRAY JOIN if(whole, range(7), [0]) AS stage
WHERE stage = 0 OR entered[stage] >= 0
