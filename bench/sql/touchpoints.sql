-- One row a touchpoint of a block of journeys: those that entered a stage, the pages, and what the
-- shop sent. Where the journey is corrected, an ad was clicked before the first page.
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
  arrayWithConstant(corrected, (toInt64(0), 'ad_click', 'clicked')),
  arrayFilter(
    (touchpoint, implied) -> touchpoint.1 >= 0 AND NOT implied,
    arrayZip(
      arrayConcat([toInt64(shift_ms)], arrayPopFront(entered_ms)),
      ['page_view', 'cart', 'order', 'delivery', 'support_ticket', 'loyalty'],
      ['viewed', 'added', 'placed', 'delivered', 'opened', 'joined']
    ),
    entered_implied
  ),
  arrayMap(ms -> (ms, 'page_view', 'viewed'), page_ms),
  arrayMap(ms -> (ms, 'message', 'sent'), message_ms)
) AS touchpoint
WHERE number >= {first:UInt64} AND number < {end:UInt64}
