// What a table gets from a small batch; it doubles when it is full.
const BYTES_INITIAL = 4 * 1024
// A code unit of UTF-16 takes no more in UTF-8.
const CHARACTER_BYTES_MAX = 3
const NEWLINE = 0x0a

/**
 * Lines as bytes, each after a newline. Rows are put together from some forty pieces, which V8
 * keeps until the text is written somewhere: held as texts until the end of a batch they made the
 * garbage collector the largest single cost of the steps.
 */
export class Lines {
  count = 0
  length = 0
  #buffer = Buffer.allocUnsafeSlow(BYTES_INITIAL)

  add(line: string): void {
    const needed = this.length + 1 + line.length * CHARACTER_BYTES_MAX
    if (needed > this.#buffer.length) this.#grow(needed)
    this.#buffer[this.length] = NEWLINE
    this.length += 1 + this.#buffer.write(line, this.length + 1)
    this.count++
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.length)
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#buffer.length))
    this.#buffer.copy(larger, 0, 0, this.length)
    this.#buffer = larger
  }
}
