-- One row a device or customer that is marked, and how; in the order of their keys.
-- Uses (site, dimension).
SELECT text AS key, groupUniqArray(dimension) AS dimensions
FROM names
WHERE site = {site:String} AND dimension IN {dimensions:Array(String)} AND text > {after:String}
GROUP BY key
ORDER BY key
LIMIT {limit:UInt32}
