-- One row: how many orders have no value, their currency having no rate, of the journeys that were
-- moving in the period.
-- Uses (site, generation, stage, first_day): the standings, as funnel-entries.sql does.
SELECT sum(unconverted * sign) AS orders
FROM milestones
WHERE site = {site:String} AND generation = {generation:UInt32} AND stage = 0
  AND first_day <= {to:Date} AND last_day >= {from:Date}{{filters}}
