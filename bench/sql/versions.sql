-- One row a version of a journey's rows and what is done with it: written (sign 1) when something
-- happens, taken back (sign -1) when the next thing does. A stage that moves the journey on rewrites
-- all of its rows, since each carries the furthest stage; support, which is optional, and a first
-- activity on another day rewrite the standing (stage 0) alone. Where the journey is corrected, all
-- of it goes in the end, for a journey with another number and an earlier start.
CREATE TABLE bench_versions ENGINE = MergeTree ORDER BY at AS
WITH
  -- Instants, and the stage that each entered itself (0: a page).
  arraySort(
    arrayConcat(
      arrayFilter(
        (entry, implied) -> entry.1 >= 0 AND NOT implied,
        arrayZip(arrayConcat([toInt64(shift_ms)], arrayPopFront(entered_ms)), range(1, 7)),
        entered_implied
      ),
      arrayMap(ms -> (ms, 0), page_ms)
    )
  ) AS activities,
  (ms) -> toDate(start + toIntervalMillisecond(ms)) AS day_at,
  arrayFilter(
    (activity, previous) -> activity.2 > 0 OR day_at(activity.1) != day_at(previous.1),
    activities,
    arrayPushFront(arrayPopBack(activities), activities[1])
  ) AS changes,
  -- When it is known, what was seen last, what is rewritten, and what is new beside.
  arrayConcat(
    arrayMap(
      change -> (
        change.1,
        change.1,
        if(change.2 IN (0, 5), [0], range(7)),
        if(change.2 = 5, [5], [])
      ),
      changes
    ),
    arrayWithConstant(corrected, (changes[-1].1 + 86400000, changes[-1].1, range(7), []))
  ) AS versions
SELECT
  number,
  versions[write.1].2 AS seen_ms,
  NOT corrected OR write.1 = length(versions) AS is_final,
  write.2 AS sign,
  arrayConcat(versions[write.3].3, if(sign = 1, versions[write.3].4, [])) AS stages,
  start + toIntervalMillisecond(versions[write.3].1) AS at
FROM bench_journeys
-- A version, what is done with it, and the version whose event does it.
ARRAY JOIN arrayConcat(
  arrayMap(place -> (place, toInt8(1), place), arrayEnumerate(versions)),
  arrayMap(place -> (place - 1, toInt8(-1), place), arrayPopFront(arrayEnumerate(versions)))
) AS write
