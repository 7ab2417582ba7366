-- One row a hash of the list: the text it was made of.
-- Uses (site, dimension, hash).
SELECT hash, any(text) AS name
FROM names
WHERE site = {site:String} AND dimension = {dimension:String} AND hash IN {hashes:Array(UInt64)}
GROUP BY hash
