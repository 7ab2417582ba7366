-- One row a kind of time: n entries of to_stage whose time since the entry of from_stage lies in one
-- bucket of a logarithmic histogram, 1.5 % wide; both entered by a touchpoint of their own, no
-- required stage so between.
-- Uses (site, generation) and the months of first_day; without a window and other attributes than
-- the channel it reads the projection `times`.
SELECT
  first_day BETWEEN {from:Date} AND {to:Date} AS in_period,
  first_day BETWEEN {compareFrom:Date} AND {compareTo:Date} AS in_compare,
  multiIf(
    {trend:String} = 'day', first_day,
    {trend:String} = 'week', toMonday(first_day),
    {trend:String} = 'month', toStartOfMonth(first_day),
    {from:Date}
  ) AS bucket,
  {{key}} AS key,
  previous_stage AS from_stage,
  stage AS to_stage,
  if(since_previous_ms = 0, -1, toInt16(floor(log(since_previous_ms) / log(1.015)))) AS time_bucket,
  sum(sign) AS n
FROM milestones
WHERE site = {site:String} AND generation = {generation:UInt32} AND stage > 0 AND previous_stage > 0
  AND {{period}}{{filters}}
GROUP BY in_period, in_compare, bucket, key, from_stage, to_stage, time_bucket
HAVING n > 0
