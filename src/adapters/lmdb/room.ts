import { fstatSync, write } from 'node:fs'
import { promisify } from 'node:util'
import { figuresOf, type Environment } from './environment.ts'
import type { Plan } from './plan.ts'

// Growing by a quarter keeps it rare; larger steps would make the next fsync wait for more zeros.
const GROWTH_BYTES = { min: 64 * 2 ** 10, max: 4 * 2 ** 20 }

// Trimming must go on when the disk is full, or nothing would ever be given back. It changes no more
// pages than there are, and a bounded number of them at a time.
const KEPT_FOR_TRIMMING_BYTES_MAX = 4 * 2 ** 20

// LMDB writes its list of free pages anew, 8 bytes each and no more than these, maybe twice.
const LISTED_PAGES_MAX = 75_000
const LIST_PAGES_MIN = 8

// A changed leaf, the half that it may be split into, and what refers to them.
const TREE_PAGES = 3

const ZEROS = Buffer.alloc(2 ** 20)
const writeAt = promisify(write)

export type Room = {
  /** @throws Error of the system (ENOSPC, EDQUOT, EFBIG, …) when a transaction could need more */
  make(environment: Environment, plan: Plan): Promise<void>
  /** Takes note of a transaction that was committed. */
  settle(plan: Plan): void
}

/**
 * Grows the file, with zeros, to where a transaction could end at most: LMDB then writes only where
 * the disk has given its blocks. A write of LMDB's own that the disk refuses is not to be risked:
 * lmdb 3.5 overruns its buffer for the message.
 */
export function createRoom(): Room {
  // What was given back in this file and not yet used again, as far as this process knows.
  let freedBytes = 0
  return {
    async make(environment, plan) {
      const { root, descriptor } = environment
      const { lastPageNumber, pageSize } = figuresOf(root)
      const usedPages = lastPageNumber + 1
      const usedBytes = usedPages * pageSize
      const neededBytes = usedBytes + pagesOf(plan, { usedPages, pageSize }) * pageSize
      const keptBytes = Math.min(usedBytes + GROWTH_BYTES.min, KEPT_FOR_TRIMMING_BYTES_MAX)
      const wantedBytes = neededBytes + keptBytes
      const { size } = fstatSync(descriptor)
      if (wantedBytes <= size) return
      try {
        await extend(descriptor, { from: size, to: wantedBytes + growthOf(usedBytes) })
      } catch (error) {
        const mayUseAll = plan.isTrimOnly || freedBytes >= writtenBytesOf(plan)
        if (fstatSync(descriptor).size < (mayUseAll ? neededBytes : wantedBytes)) throw error
      }
    },
    settle(plan) {
      freedBytes = Math.max(0, freedBytes + plan.freedBytes - writtenBytesOf(plan))
    },
  }
}

function growthOf(usedBytes: number): number {
  return Math.min(Math.max(Math.ceil(usedBytes / 4), GROWTH_BYTES.min), GROWTH_BYTES.max)
}

function writtenBytesOf({ operations }: Plan): number {
  return operations.reduce((sum, { value }) => sum + (value?.byteLength ?? 0), 0)
}

/** More than a transaction can take at the end of the file, even if nothing of it is free. */
function pagesOf(
  { operations }: Plan,
  { usedPages, pageSize }: { usedPages: number; pageSize: number },
): number {
  const listBytes = Math.min(usedPages, LISTED_PAGES_MAX) * 8 * 2
  let pages = LIST_PAGES_MIN + Math.ceil(listBytes / pageSize)
  for (const { key, value } of operations) {
    pages += TREE_PAGES
    if (value !== undefined) pages += Math.ceil((key.length + value.byteLength) / pageSize)
  }
  return pages
}

async function extend(descriptor: number, { from, to }: { from: number; to: number }) {
  for (let at = from; at < to;) {
    const length = Math.min(ZEROS.length, to - at)
    const { bytesWritten } = await writeAt(descriptor, ZEROS, 0, length, at)
    at += bytesWritten
  }
}
