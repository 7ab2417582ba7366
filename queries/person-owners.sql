-- One row a customer that touchpoints of the device name.
-- Uses (site, generation, source_key).
SELECT DISTINCT customer_id
FROM touchpoints FINAL
WHERE site = {site:String} AND generation = {generation:UInt32} AND source_key = {key:UInt64}
  AND customer_id != ''
ORDER BY customer_id
LIMIT {limit:UInt32}
