-- One row a value of the dimension: how many journeys of the period, or entries by day of entry, have
-- it; the most frequent first.
-- Uses (site, generation, stage) and the months of first_day.
SELECT {{dimension}} AS value, sum(sign) AS n
FROM milestones
WHERE site = {site:String} AND generation = {generation:UInt32}
  AND {{rows}} AND {{period}}{{filters}}
GROUP BY value
HAVING n > 0
ORDER BY n DESC, value
LIMIT {limit:UInt32}
