import { closeSync, fstatSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { foreignError } from './failure.ts'

/*
 * LMDB begins a file with two headers, each on a page of its own:
 *   page number u64, transaction u64, pad u16, flags u16, … at 24 magic u32, version u32, … at 48
 *   the size of a page u32; all little-endian
 */
const MAGIC_AT = 24
const VERSION_AT = 28
const PAGE_SIZE_AT = 48
const HEADER_BYTES = 64
const MAGIC = 0xbeefc0de
const VERSION = 2
const PAGE_SIZE_MAX = 65_536

// A new store takes less before the room for it is made.
const FIRST_BYTES = 256 * 2 ** 10

/**
 * Looks at a file before LMDB does: lmdb 3.5 ends the process where it cannot open one.
 * @throws LogError when it is none of LMDB's
 */
export function checkHeaders(file: string): void {
  const descriptor = openSync(file, 'r')
  try {
    const { size } = fstatSync(descriptor)
    // What a process leaves that was killed just then: LMDB makes it anew.
    if (size === 0) return
    const pageSize = headerAt(descriptor, 0)
    if (pageSize === undefined || headerAt(descriptor, pageSize) !== pageSize) {
      throw foreignError(file)
    }
  } finally {
    closeSync(descriptor)
  }
}

/** @throws Error of the system when there is no room for the beginnings of a store */
export function checkRoomForNew(file: string): void {
  const trial = `${file}-trial`
  try {
    writeFileSync(trial, Buffer.alloc(FIRST_BYTES))
  } finally {
    rmSync(trial, { force: true })
  }
}

/** The size of a page as the header there says; undefined when there is no header. */
function headerAt(descriptor: number, at: number): number | undefined {
  const header = Buffer.alloc(HEADER_BYTES)
  if (readSync(descriptor, header, 0, HEADER_BYTES, at) < HEADER_BYTES) return undefined
  if (header.readUInt32LE(MAGIC_AT) !== MAGIC) return undefined
  if ((header.readUInt32LE(VERSION_AT) & 0xffff) !== VERSION) return undefined
  const pageSize = header.readUInt32LE(PAGE_SIZE_AT)
  return pageSize >= HEADER_BYTES && pageSize <= PAGE_SIZE_MAX ? pageSize : undefined
}
