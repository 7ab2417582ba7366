-- One row a journey that never happened, each of another person, evenly over the days: when it
-- began, when it entered each of the six stages of ecommerce (-1: never), when pages were looked at,
-- and whose it is. Two in five get past the first page, one in fifteen buys; who stays looks at some
-- twenty pages, in at most five visits. A tenth is corrected: their first touchpoint comes to be
-- known last, and until then the journey is thought to begin shift_ms later.
CREATE TABLE bench_journeys ENGINE = MergeTree ORDER BY number AS
WITH
  (seed) -> (sipHash64(number, seed) % 1000003) / 1000003 AS chance,
  (seed, least_ms, most_ms) -> toInt64(least_ms * pow(most_ms / least_ms, chance(seed))) AS gap,
  multiIf(
    chance(3) < 0.6, 1,
    chance(3) < 0.934, 2,
    chance(3) < 0.946, 3,
    chance(3) < 0.99, 4,
    6
  ) AS reached,
  reached >= 3 AND chance(4) < 0.08 AS skips,
  shift_ms + gap(12, 60000, 604800000) AS considered_ms,
  considered_ms + gap(13, 60000, 604800000) AS purchased_ms,
  purchased_ms + gap(14, 86400000, 432000000) AS delivered_ms,
  if(skips, purchased_ms, considered_ms) AS second_ms,
  arrayMax(entered_ms) + gap(17, 60000, 1209600000) AS last_ms,
  toUInt32(if(reached = 1, 3 * chance(6), pow(100, chance(6)))) AS pages,
  least(5, pages) AS visits
SELECT
  number,
  sipHash64(number, 1) AS person,
  sipHash64(number, 2) AS journey,
  toDateTime64({from:Date}, 3, 'UTC')
    + toIntervalMillisecond(intDiv(number * {days:UInt64} * 86400000, {journeys:UInt64})) AS start,
  chance(29) < 0.1 AS corrected,
  if(corrected, gap(18, 60000, 86400000), 0) AS shift_ms,
  [
    0,
    if(reached < 2, -1, second_ms),
    if(reached < 3, -1, purchased_ms),
    if(reached < 4, -1, delivered_ms),
    if(reached < 4 OR chance(5) > 0.1, -1, purchased_ms + gap(15, 3600000, 86400000)),
    if(reached < 6, -1, delivered_ms + gap(16, 86400000, 2592000000))
  ] AS entered_ms,
  [0, skips, 0, 0, 0, 0]::Array(UInt8) AS entered_implied,
  -- A second page would be consideration by itself: they come after it.
  if(
    reached = 1,
    [],
    arrayMap(
      page -> toInt64(second_ms + (last_ms - second_ms) * ((page % visits + 1) / visits))
        + intDiv(page, visits) * 20000,
      range(pages)
    )
  ) AS page_ms,
  -- Sent by the shop, which is no activity of theirs.
  if(
    reached = 1,
    arrayMap(
      message -> shift_ms + toInt64((last_ms - shift_ms) * ((message + 1) / (pages + 1))),
      range(pages)
    ),
    []
  ) AS message_ms,
  [1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4, 4, 7, 7, 8, 8, 8, 9, 11, 12][
    1 + sipHash64(number, 20) % 20
  ] AS channel,
  [1, 1, 2, 2, 2, 3, 0][1 + sipHash64(number, 21) % 7] AS device,
  chance(22) < 0.2 AS returning,
  sipHash64(toUInt8(pow(60, chance(23)))) AS source,
  sipHash64(toUInt16(pow(900, chance(24))), 1) AS campaign,
  sipHash64(toUInt8(pow(40, chance(25))), 2) AS country,
  sipHash64(toUInt16(pow(2000, chance(26))), 3) AS landing,
  sipHash64(sipHash64(number, 27) % 6, 4) AS segment,
  toDecimal64(10 + 190 * chance(28), 2) AS value
FROM numbers({journeys:UInt64})
