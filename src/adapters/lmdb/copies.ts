// Far above what any topic or state holds, and below what LMDB would hand out as a view of its own
// memory.
export const VALUE_BYTES_MAX = 8 * 2 ** 20

/**
 * Copies of values, all in one buffer: one allocation for the collector, one address for LMDB to
 * ask for. Whoever gave the values may change them at once.
 * @throws RangeError for a value that is larger than any should be
 */
export function copiesOf<Value extends Uint8Array | undefined>(
  values: readonly Value[],
  what: string,
): { copies: (Buffer | Extract<Value, undefined>)[]; bytes: number } {
  let bytes = 0
  for (const value of values) {
    const size = value?.byteLength ?? 0
    if (size > VALUE_BYTES_MAX) {
      throw new RangeError(`A value of ${what} has ${size} bytes, ${VALUE_BYTES_MAX} are the most.`)
    }
    bytes += size
  }
  const whole = Buffer.allocUnsafeSlow(bytes)
  let at = 0
  const copies = values.map((value) => {
    if (value === undefined) return value as Extract<Value, undefined>
    whole.set(value, at)
    at += value.byteLength
    return whole.subarray(at - value.byteLength, at)
  })
  return { copies, bytes }
}
