import { crc32 } from 'node:zlib'

/**
 * The partition of a key: the CRC-32 of its UTF-8 bytes, modulo their number. Fixed for good, in
 * every log: records of one key must meet, whoever writes them and after any restart.
 */
export function partitionFor(key: string, partitions: number): number {
  return partitions === 1 ? 0 : crc32(key) % partitions
}
