-- One row a touchpoint of a block of journeys: those that entered a stage, and the pages between.
INSERT INTO bench_events
SELECT
  {site:String},
  person,
  start + toIntervalMillisecond(touchpoint.1),
  touchpoint.2,
  touchpoint.3,
  CAST(channel, 'Int8')
FROM bench_journeys
ARRAY JOIN arrayConcat(
  arrayFilter(
    (touchpoint, implied) -> touchpoint.1 >= 0 AND NOT implied,
    arrayZip(
      entered_ms,
      ['page_view', 'cart', 'order', 'delivery', 'support_ticket', 'loyalty'],
      ['viewed', 'added', 'placed', 'delivered', 'opened', 'joined']
    ),
    entered_implied
  ),
  arrayMap(
    page -> (
      toInt64(last_ms * ((page + 1) / (pages + 1))),
      if(furthest = 1, 'message', 'page_view'),
      if(furthest = 1, 'sent', 'viewed')
    ),
    range(pages)
  )
) AS touchpoint
WHERE number >= {first:UInt64} AND number < {end:UInt64}
