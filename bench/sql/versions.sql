-- One row a version of a journey's rows and what is done with it: written (sign 1) when something
-- happens, taken back (sign -1) when the next thing does. A stage entered rewrites all rows of the
-- journey, since each carries the furthest stage; a day on which it went on, its standing alone.
-- In a tenth something late moves the start at the end: all that was written goes, for a journey
-- with another number.
CREATE TABLE bench_versions ENGINE = MergeTree ORDER BY at AS
WITH
  arrayFilter(stage -> entered_ms[stage] >= 0 AND NOT entered_implied[stage], [1, 2, 3, 4, 6])
    AS entries,
  arrayMax(entered_ms) AS entered_last_ms,
  toUInt8(least(5, pages, intDiv(last_ms - entered_last_ms, 86400000))) AS days_after,
  arrayConcat(
    arrayMap(stage -> toUInt8(stage), entries),
    arrayWithConstant(days_after + corrected, furthest)
  ) AS stages,
  arrayConcat(
    arrayMap(stage -> entered_ms[stage], entries),
    arrayMap(
      day -> toInt64(entered_last_ms + (last_ms - entered_last_ms) * ((day + 1) / days_after)),
      range(days_after)
    ),
    arrayWithConstant(corrected, last_ms + 86400000)
  ) AS instants,
  arrayEnumerate(stages) AS places,
  -- Whether a version rewrites all rows or the standing alone.
  arrayMap(place -> place <= length(entries) OR (corrected AND place = length(stages)), places)
    AS wholes
SELECT
  number,
  stages[write.1] AS reached,
  instants[write.1] AS seen_ms,
  NOT corrected OR write.1 = length(stages) AS is_final_number,
  write.2 AS sign,
  wholes[write.3] AS whole,
  start + toIntervalMillisecond(instants[write.3]) AS at
FROM bench_journeys
-- A version, what is done with it, and the version whose event does it.
ARRAY JOIN arrayConcat(
  arrayMap(place -> (place, toInt8(1), place), places),
  arrayMap(place -> (place - 1, toInt8(-1), place), arrayPopFront(places))
) AS write
