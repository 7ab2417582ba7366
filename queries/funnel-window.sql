-- One row a kind of journey of the period: n of them that reached the same stage within the window
-- from their start, came equally far and have been quiet equally long; by stage of the model, how
-- many of them entered it, and how many by implication within the window.
-- Uses (site, generation, stage, first_day): the standings of the period.
SELECT
  {{place}},
  {{key}} AS key,
  arrayMax(arrayMap(
    (ms, required, number) -> if(required AND ms BETWEEN 0 AND {windowMs:Int64}, number, 0),
    entered_ms, {required:Array(UInt8)}, arrayEnumerate(entered_ms)
  )) AS reached,
  furthest,
  -- Past its window a journey is not in progress, however lively it is.
  if(
    toInt32({asOf:Date}) - toInt32(first_day) > {windowDays:Int32},
    65535,
    roundDown(
      greatest(toInt32({asOf:Date}) - toInt32(last_day), 0),
      {patienceDays:Array(Int32)}
    )
  ) AS idle_days,
  sum(sign) AS n,
  sum(unconverted * sign) AS unconverted_n,
  sumForEach(arrayMap(ms -> sign * (ms >= 0), entered_ms)) AS entered_n,
  sumForEach(arrayMap(
    (ms, implied) -> sign * (implied AND ms BETWEEN 0 AND {windowMs:Int64}),
    entered_ms, entered_implied
  )) AS implied_n
FROM milestones
WHERE site = {site:String} AND generation = {generation:UInt32} AND stage = 0
  AND {{period}}{{filters}}
GROUP BY in_period, in_compare, bucket, key, reached, furthest, idle_days
HAVING n != 0
