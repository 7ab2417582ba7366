-- One row a journey that never happened, of another person each, evenly over the days: when it began,
-- when it entered each of the six stages of ecommerce (-1: never), and its entry attributes.
CREATE TABLE layout_journeys ENGINE = MergeTree ORDER BY number AS
WITH
  (seed) -> (sipHash64(number, seed) % 1000003) / 1000003 AS chance,
  -- Between a second and a fortnight, short times far more often than long ones.
  (seed) -> toInt64(exp(7 + 14 * chance(seed))) AS gap,
  multiIf(chance(1) < 0.55, 1, chance(1) < 0.85, 2, chance(1) < 0.93, 3, chance(1) < 0.98, 4, 6)
    AS reaches,
  reaches >= 3 AND chance(2) < 0.1 AS phoned,
  arrayCumSum([toInt64(0), if(phoned, 0, gap(11)), gap(12), gap(13), 0, gap(14)]) AS at_ms
SELECT
  number,
  toDateTime64('2026-01-01 00:00:00', 3, 'UTC')
    + toIntervalMillisecond(intDiv(number * {days:UInt64} * 86400000, {journeys:UInt64})) AS start,
  toUInt8(reaches) AS furthest,
  arrayMap(
    (ms, stage) -> multiIf(
      stage = 5, if(reaches >= 3 AND chance(3) < 0.2, at_ms[3] + 3600000, -1),
      stage <= reaches, if(stage = 2 AND phoned, at_ms[3], ms),
      -1
    ),
    at_ms, range(1, 7)
  ) AS entered_ms,
  [0, phoned, 0, 0, 0, 0]::Array(UInt8) AS entered_implied,
  toInt64(arrayMax(entered_ms)) + gap(15) AS last_ms,
  3 + toUInt32(exp(3.4 * chance(4))) AS steps,
  [1, 1, 1, 1, 1, 1, 1, 1, 8, 8, 8, 7, 7, 4, 4, 2, 2, 2, 3, 9, 11, 12][1 + number % 22] AS channel,
  [1, 1, 2, 2, 2, 3, 0][1 + sipHash64(number, 5) % 7] AS device,
  chance(6) < 0.25 AS returning,
  sipHash64(toUInt64(exp(7 * chance(7)))) AS source,
  chance(8) < 0.1 AS corrected
FROM numbers({journeys:UInt64})
