-- One row a touchpoint in its journey; a journey's steps lie together, in order. Append-only:
-- read with sum(sign), or with HAVING sum(sign) > 0 where rows themselves are asked for.
CREATE TABLE IF NOT EXISTS steps {{on_cluster}}
(
  site LowCardinality(String),
  generation UInt32,
  person UInt64,
  journey UInt64,
  first_day Date,
  seq UInt32,
  touchpoint String,
  source_key UInt64,
  type Enum8(
    'ad_click' = 1, 'page_view' = 2, 'cart' = 3, 'order' = 4, 'delivery' = 5,
    'support_ticket' = 6, 'review' = 7, 'survey' = 8, 'message' = 9, 'loyalty' = 10,
    'identify' = 11, 'unlink' = 12, 'custom' = 13
  ),
  action LowCardinality(String),
  previous_type Enum8(
    'none' = 0, 'ad_click' = 1, 'page_view' = 2, 'cart' = 3, 'order' = 4, 'delivery' = 5,
    'support_ticket' = 6, 'review' = 7, 'survey' = 8, 'message' = 9, 'loyalty' = 10,
    'identify' = 11, 'unlink' = 12, 'custom' = 13
  ),
  stage UInt8,
  entered UInt8,
  rule LowCardinality(String),
  channel Enum8(
    'web' = 1, 'app' = 2, 'store' = 3, 'email' = 4, 'sms' = 5, 'whatsapp' = 6, 'social' = 7,
    'ads' = 8, 'phone' = 9, 'chat' = 10, 'marketplace' = 11, 'other' = 12
  ),
  page_kind Enum8(
    'none' = 0, 'home' = 1, 'landing' = 2, 'category' = 3, 'search' = 4, 'product' = 5,
    'comparison' = 6, 'review' = 7, 'size_guide' = 8, 'article' = 9, 'cart' = 10,
    'checkout' = 11, 'confirmation' = 12, 'account' = 13, 'help' = 14, 'error' = 15,
    'other' = 16
  ),
  friction UInt8,
  score Nullable(UInt8),
  since_start_ms UInt64,
  since_previous_ms UInt64,
  entry_channel Enum8(
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
  sign Int8
)
ENGINE = {{engine:MergeTree}}
PARTITION BY (generation, toYYYYMM(first_day))
ORDER BY (site, generation, person, journey, seq)
SETTINGS
  non_replicated_deduplication_window = 200000,
  replicated_deduplication_window = 200000,
  replicated_deduplication_window_seconds = 2592000,
  fsync_after_insert = 1,
  fsync_part_directory = 1
