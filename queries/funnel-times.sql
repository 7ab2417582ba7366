-- One row a pair of stages: how many entries of to_stage lie in which buckets of a logarithmic
-- histogram, 1.5 % wide, of the time since the entry of from_stage; both entered by a touchpoint of
-- their own, no required stage so between. Lists, since a row a bucket is ten times the text.
-- Uses (site, generation) and the months of first_day; without a window and other attributes than
-- the channel it reads the projection `times`.
SELECT
  in_period, in_compare, bucket, key, from_stage, to_stage,
  groupArray(time_bucket) AS time_buckets,
  groupArray(toFloat64(n)) AS counts
FROM
(
  SELECT
    {{place}},
    {{key}} AS key,
    previous_stage AS from_stage,
    stage AS to_stage,
    if(since_previous_ms = 0, -1, toInt16(floor(log(since_previous_ms) / log(1.015)))) AS time_bucket,
    sum(sign) AS n
  FROM milestones
  WHERE site = {site:String} AND generation = {generation:UInt32} AND previous_stage > 0
    AND {{period}}{{filters}}
  GROUP BY in_period, in_compare, bucket, key, from_stage, to_stage, time_bucket
  HAVING n > 0
)
GROUP BY in_period, in_compare, bucket, key, from_stage, to_stage
