-- One row a touchpoint whose key and id are in the lists: what was sent, whole.
-- Uses (site, generation, source_key, id).
SELECT source_key, id, content
FROM touchpoints FINAL
WHERE site = {site:String} AND generation = {generation:UInt32}
  AND source_key IN {keys:Array(UInt64)} AND id IN {ids:Array(String)}
