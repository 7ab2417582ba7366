-- From the hash that rows carry to the text it was made of. Texts never change, so any row is true.
CREATE TABLE IF NOT EXISTS names {{on_cluster}}
(
  site LowCardinality(String),
  dimension LowCardinality(String),
  hash UInt64,
  text String
)
ENGINE = {{engine:ReplacingMergeTree}}
ORDER BY (site, dimension, hash)
SETTINGS
  non_replicated_deduplication_window = 200000,
  replicated_deduplication_window = 200000,
  replicated_deduplication_window_seconds = 2592000,
  fsync_after_insert = 1,
  fsync_part_directory = 1
