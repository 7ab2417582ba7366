-- One row a text of the dimension that starts with the prefix, and its hash.
-- Uses (site, dimension).
SELECT hash, any(text) AS name
FROM names
WHERE site = {site:String} AND dimension = {dimension:String} AND startsWith(text, {prefix:String})
GROUP BY hash
ORDER BY name
LIMIT {limit:UInt32}
