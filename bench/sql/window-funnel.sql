-- One row a channel and how far people came: the funnel as it is read where only touchpoints are
-- kept. 90 days are the quiet that ends a journey.
SELECT channel, reached, count() AS people
FROM
(
  SELECT
    person,
    argMin(channel, occurred_at) AS channel,
    windowFunnel(7776000)(
      toDateTime(occurred_at),
      true,
      type = 'cart',
      type = 'order' AND action = 'placed',
      type = 'delivery' AND action = 'delivered',
      type = 'loyalty'
    ) AS reached
  FROM bench_events
  WHERE site = {site:String}
    AND occurred_at >= toDateTime64({from:Date}, 3, 'UTC')
    AND occurred_at < toDateTime64({to:Date} + 1, 3, 'UTC')
  GROUP BY person
)
GROUP BY channel, reached
