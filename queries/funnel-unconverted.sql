-- One row: how many orders of the period's journeys have no value, their currency having no rate.
-- Uses (site, generation, stage, first_day): the standings of the period.
SELECT sum(unconverted * sign) AS orders
FROM milestones
WHERE site = {site:String} AND generation = {generation:UInt32} AND stage = 0
  AND first_day BETWEEN {from:Date} AND {to:Date}{{filters}}
