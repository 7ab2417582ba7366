-- One row: what the chunks inserted so far add up to, and how many keys are machines.
-- Uses (site) of `chunks`, by its projection, and (site, dimension) of `names`.
SELECT
  sum(duplicates) AS duplicates,
  sum(corrections) AS corrections,
  max(newest_occurred_at) AS newest_occurred_at,
  (
    SELECT uniqExact(hash) FROM names WHERE site = {site:String} AND dimension IN ('machine', 'placeholder')
  ) AS machines
FROM chunks
WHERE site = {site:String}
