-- One row where one of the keys is no person but a machine, or a customer who stands for many.
-- Uses (site, dimension, hash).
SELECT text
FROM names
WHERE site = {site:String} AND dimension IN ('machine', 'placeholder')
  AND hash IN {hashes:Array(UInt64)} AND text IN {keys:Array(String)}
LIMIT 1
