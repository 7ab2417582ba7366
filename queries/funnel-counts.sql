-- One row a kind of row: n rows alike of the period, where stage 0 are journeys by how far they came
-- and how long they have been quiet, and a stage's own number its entries; and how many orders of
-- these journeys have no value, their currency having no rate.
-- Uses (site, generation) and the months of first_day; without other attributes than the channel
-- it reads the projection `counts`. One SELECT, so that all numbers are of one state.
SELECT
  {{place}},
  {{key}} AS key,
  stage,
  furthest,
  implied,
  roundDown(
    greatest(toInt32({asOf:Date}) - toInt32(last_day), 0),
    {patienceDays:Array(Int32)}
  ) AS idle_days,
  sum(sign) AS n,
  sum(unconverted * sign) AS unconverted_n
FROM milestones
WHERE site = {site:String} AND generation = {generation:UInt32} AND {{period}}{{filters}}
GROUP BY in_period, in_compare, bucket, key, stage, furthest, implied, idle_days
HAVING n != 0
