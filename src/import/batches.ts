import { BATCH_BYTES_MAX } from '../domain/touchpoint.ts'

// Enough to pay for a request and its fsync; small enough that several in flight are little memory.
const BATCH_TOUCHPOINTS_MAX = 500
const OPENING = '{"touchpoints":['
const CLOSING = ']}'

/** Touchpoints of one request, with the row that each was. */
export type Batch = { texts: string[]; positions: number[]; bytes: number }

export function emptyBatch(): Batch {
  return { texts: [], positions: [], bytes: OPENING.length + CLOSING.length }
}

export function fits(batch: Batch, textBytes: number): boolean {
  return (
    batch.texts.length < BATCH_TOUCHPOINTS_MAX && batch.bytes + textBytes + 1 <= BATCH_BYTES_MAX
  )
}

export function add(batch: Batch, touchpoint: { text: string; bytes: number; position: number }) {
  batch.texts.push(touchpoint.text)
  batch.positions.push(touchpoint.position)
  batch.bytes += touchpoint.bytes + 1
}

export function bodyOf({ texts }: Batch): string {
  return OPENING + texts.join(',') + CLOSING
}

/** For a collector that takes less than it says: each half alone may pass. */
export function halvesOf({ texts, positions }: Batch): [Batch, Batch] {
  const middle = Math.ceil(texts.length / 2)
  const part = (from: number, to: number) => {
    const half = emptyBatch()
    for (let index = from; index < to; index += 1) {
      const text = texts[index]!
      add(half, { text, bytes: Buffer.byteLength(text), position: positions[index]! })
    }
    return half
  }
  return [part(0, middle), part(middle, texts.length)]
}
