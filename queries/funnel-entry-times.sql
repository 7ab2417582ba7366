-- As funnel-times.sql, for entries of from_stage in the period: from the standings, since the row of
-- an entry does not tell the day of the one before.
-- Uses (site, generation, stage, first_day), as funnel-entries.sql does.
SELECT
  in_period, in_compare, bucket, key, from_stage, to_stage,
  groupArray(time_bucket) AS time_buckets,
  groupArray(toFloat64(n)) AS counts
FROM
(
  WITH
    arrayFilter(
      (number, ms, implied, required) -> required AND ms >= 0 AND NOT implied,
      arrayEnumerate(entered_ms), entered_ms, entered_implied, {required:Array(UInt8)}
    ) AS own_stages,
    entered_ms[to_stage] - entered_ms[from_stage] AS took_ms,
    entered_days[from_stage] AS stage_day
  SELECT
    {{place}},
    {{key}} AS key,
    from_stage,
    to_stage,
    if(took_ms = 0, -1, toInt16(floor(log(took_ms) / log(1.015)))) AS time_bucket,
    sum(sign) AS n
  FROM milestones
  ARRAY JOIN
    arrayPopBack(own_stages) AS from_stage,
    arrayPopFront(own_stages) AS to_stage
  WHERE site = {site:String} AND generation = {generation:UInt32} AND stage = 0
    AND first_day <= greatest({to:Date}, {compareTo:Date})
    AND last_day >= least({from:Date}, {compareFrom:Date})
    AND {{period}}{{filters}}
  GROUP BY in_period, in_compare, bucket, key, from_stage, to_stage, time_bucket
  HAVING n > 0
)
GROUP BY in_period, in_compare, bucket, key, from_stage, to_stage
