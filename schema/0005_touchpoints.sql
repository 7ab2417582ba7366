-- Every accepted touchpoint whole, once a (key, id); the highest version is true, read with FINAL.
-- A month is no part of the partition: another copy of a touchpoint may carry another time, and
-- rows of different partitions never replace one another.
CREATE TABLE IF NOT EXISTS touchpoints {{on_cluster}}
(
  site LowCardinality(String),
  generation UInt32,
  source_key UInt64,
  id String,
  type Enum8(
    'ad_click' = 1, 'page_view' = 2, 'cart' = 3, 'order' = 4, 'delivery' = 5,
    'support_ticket' = 6, 'review' = 7, 'survey' = 8, 'message' = 9, 'loyalty' = 10,
    'identify' = 11, 'unlink' = 12, 'custom' = 13
  ),
  action LowCardinality(String),
  channel Enum8(
    'web' = 1, 'app' = 2, 'store' = 3, 'email' = 4, 'sms' = 5, 'whatsapp' = 6, 'social' = 7,
    'ads' = 8, 'phone' = 9, 'chat' = 10, 'marketplace' = 11, 'other' = 12
  ),
  occurred_at DateTime64(3, 'UTC'),
  received_at DateTime64(3, 'UTC'),
  anonymous_id String,
  customer_id String,
  content String CODEC(ZSTD(1)),
  version UInt64
)
ENGINE = {{engine:ReplacingMergeTree(version)}}
PARTITION BY generation
ORDER BY (site, generation, source_key, id)
SETTINGS
  non_replicated_deduplication_window = 200000,
  replicated_deduplication_window = 200000,
  replicated_deduplication_window_seconds = 2592000,
  fsync_after_insert = 1,
  fsync_part_directory = 1
