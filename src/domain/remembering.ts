/**
 * `make`, which answers from memory what it was asked before. Past `entriesMax` the memory is emptied
 * and fills again.
 */
export function remembering<K, V>(make: (key: K) => V, entriesMax: number): (key: K) => V {
  const memory = new Map<K, V>()
  return (key) => {
    const known = memory.get(key)
    if (known !== undefined) return known
    if (memory.size >= entriesMax) memory.clear()
    const made = make(key)
    memory.set(key, made)
    return made
  }
}
