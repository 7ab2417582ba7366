-- One row a kind of entry: n entries of one stage in the period, by journeys that came equally far
-- and have been quiet equally long; by stage of the model, how many of these journeys entered it.
-- Uses (site, generation, stage, first_day): the standings of all journeys that started by the
-- period's end, of which last_day leaves those that were still moving in it.
SELECT
  {{place}},
  {{key}} AS key,
  entry_stage,
  furthest,
  entry_implied,
  roundDown(
    greatest(toInt32({asOf:Date}) - toInt32(last_day), 0),
    {patienceDays:Array(Int32)}
  ) AS idle_days,
  sum(sign) AS n,
  sumForEach(arrayMap(ms -> sign * (ms >= 0), entered_ms)) AS entered_n
FROM milestones
ARRAY JOIN
  arrayEnumerate(entered_ms) AS entry_stage,
  entered_ms AS entry_ms,
  entered_days AS stage_day,
  entered_implied AS entry_implied
WHERE site = {site:String} AND generation = {generation:UInt32} AND stage = 0
  AND first_day <= greatest({to:Date}, {compareTo:Date})
  AND last_day >= least({from:Date}, {compareFrom:Date})
  AND entry_ms >= 0 AND {{period}}{{filters}}
GROUP BY in_period, in_compare, bucket, key, entry_stage, furthest, entry_implied, idle_days
HAVING n != 0
