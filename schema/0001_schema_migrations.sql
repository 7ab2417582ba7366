-- One row a file of this folder that was applied here, with the checksum it had then.
CREATE TABLE IF NOT EXISTS schema_migrations {{on_cluster}}
(
  number UInt32,
  name String,
  checksum String,
  applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = {{engine:MergeTree}}
ORDER BY number
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
