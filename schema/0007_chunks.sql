-- The ledger: one row a chunk of the topic `rows` that was inserted. The highest to_offset of a log
-- and partition is the position of the warehouse; the sums stand in receipts.
CREATE TABLE IF NOT EXISTS chunks {{on_cluster}}
(
  site LowCardinality(String),
  log_id String,
  partition UInt32,
  from_offset UInt64,
  to_offset UInt64,
  inserted_at DateTime64(3, 'UTC'),
  rows UInt64,
  touchpoints UInt64,
  duplicates UInt64,
  corrections UInt64,
  newest_occurred_at DateTime64(3, 'UTC'),
  PROJECTION totals
  (
    SELECT site, sum(touchpoints), sum(duplicates), sum(corrections), max(newest_occurred_at)
    GROUP BY site
  )
)
ENGINE = {{engine:MergeTree}}
ORDER BY (site, log_id, partition, from_offset)
SETTINGS
  non_replicated_deduplication_window = 200000,
  replicated_deduplication_window = 200000,
  replicated_deduplication_window_seconds = 2592000,
  fsync_after_insert = 1,
  fsync_part_directory = 1
