-- One row a journey with what a list or a person's page shows; the highest version is true,
-- read with FINAL. A journey that no longer exists is a row with is_deleted = 1.
CREATE TABLE IF NOT EXISTS journeys {{on_cluster}}
(
  site LowCardinality(String),
  generation UInt32,
  person UInt64,
  journey UInt64,
  person_kind Enum8('customer' = 1, 'device' = 2),
  person_id String,
  started_at DateTime64(3, 'UTC'),
  last_step_at DateTime64(3, 'UTC'),
  first_day Date,
  last_day Date,
  furthest UInt8,
  entered_ms Array(Int64),
  entered_implied Array(UInt8),
  steps UInt32,
  steps_omitted UInt32,
  frictions UInt32,
  orders UInt32,
  value Decimal(18, 4),
  unconverted UInt16,
  returning UInt8,
  channel Enum8(
    'web' = 1, 'app' = 2, 'store' = 3, 'email' = 4, 'sms' = 5, 'whatsapp' = 6, 'social' = 7,
    'ads' = 8, 'phone' = 9, 'chat' = 10, 'marketplace' = 11, 'other' = 12
  ),
  device Enum8(
    'unknown' = 0, 'desktop' = 1, 'mobile' = 2, 'tablet' = 3, 'tv' = 4, 'kiosk' = 5,
    'other' = 6
  ),
  source String,
  medium String,
  campaign String,
  country String,
  landing String,
  segment String,
  experiments Array(String),
  version UInt64,
  is_deleted UInt8
)
ENGINE = {{engine:ReplacingMergeTree(version, is_deleted)}}
PARTITION BY (generation, toYYYYMM(first_day))
ORDER BY (site, generation, person, journey)
SETTINGS
  non_replicated_deduplication_window = 200000,
  replicated_deduplication_window = 200000,
  replicated_deduplication_window_seconds = 2592000,
  fsync_after_insert = 1,
  fsync_part_directory = 1
