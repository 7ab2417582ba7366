-- One row a stage and way of entering it: how many entries of the periods' journeys.
-- Uses (site, generation) and the months of first_day; by day of start it reads the projection
-- `counts`.
SELECT stage, implied, sum(sign) AS n
FROM milestones
WHERE site = {site:String} AND generation = {generation:UInt32} AND stage > 0 AND {{period}}
GROUP BY stage, implied
HAVING n != 0
