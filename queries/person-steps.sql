-- One row a touchpoint of these journeys of the person, in order.
-- Uses (site, generation, person, journey).
SELECT
  journey,
  seq,
  touchpoint,
  source_key,
  type,
  action,
  stage,
  entered,
  rule,
  channel,
  page_kind,
  friction,
  score,
  since_start_ms,
  since_previous_ms
FROM steps
WHERE site = {site:String} AND generation = {generation:UInt32} AND person = {person:UInt64}
  AND journey IN {journeys:Array(UInt64)}
GROUP BY
  journey, seq, touchpoint, source_key, type, action, stage, entered, rule, channel, page_kind,
  friction, score, since_start_ms, since_previous_ms
HAVING sum(sign) > 0
ORDER BY journey, seq
LIMIT {limit:UInt32}
