-- One row a stage entered and, as stage 0, one standing a journey. Append-only: a figure is
-- sum(sign). The funnel reads the projections wherever it can; docs/adr/0003 tells why these.
CREATE TABLE IF NOT EXISTS milestones {{on_cluster}}
(
  site LowCardinality(String),
  generation UInt32,
  person UInt64,
  journey UInt64,
  first_day Date,
  stage UInt8,
  entry_day Date,
  implied UInt8,
  furthest UInt8,
  last_day Date,
  since_start_ms UInt64,
  previous_stage UInt8,
  since_previous_ms UInt64,
  entered_ms Array(Int64),
  entered_days Array(Date),
  entered_implied Array(UInt8),
  channel Enum8(
    'web' = 1, 'app' = 2, 'store' = 3, 'email' = 4, 'sms' = 5, 'whatsapp' = 6, 'social' = 7,
    'ads' = 8, 'phone' = 9, 'chat' = 10, 'marketplace' = 11, 'other' = 12
  ),
  device Enum8(
    'unknown' = 0, 'desktop' = 1, 'mobile' = 2, 'tablet' = 3, 'tv' = 4, 'kiosk' = 5,
    'other' = 6
  ),
  returning UInt8,
  source UInt64,
  medium UInt64,
  campaign UInt64,
  country UInt64,
  landing UInt64,
  segment UInt64,
  experiments Array(UInt64),
  value Decimal(18, 4),
  unconverted UInt16,
  sign Int8,
  PROJECTION counts
  (
    SELECT
      site, generation, first_day, stage, furthest, implied, last_day, channel,
      sum(sign), sum(unconverted * sign)
    GROUP BY site, generation, first_day, stage, furthest, implied, last_day, channel
  ),
  PROJECTION times
  (
    SELECT
      site, generation, first_day, stage, previous_stage, channel,
      if(since_previous_ms = 0, -1, toInt16(floor(log(since_previous_ms) / log(1.015)))) AS bucket,
      sum(sign)
    GROUP BY site, generation, first_day, stage, previous_stage, channel, bucket
  )
)
ENGINE = {{engine:MergeTree}}
PARTITION BY (generation, toYYYYMM(first_day))
ORDER BY (site, generation, stage, first_day, journey)
SETTINGS
  non_replicated_deduplication_window = 200000,
  replicated_deduplication_window = 200000,
  replicated_deduplication_window_seconds = 2592000,
  fsync_after_insert = 1,
  fsync_part_directory = 1
