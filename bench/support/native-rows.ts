import type { open } from '../children/native-rows.ts'
import type { Bench } from './bench.ts'
import { openChild } from './child.ts'
import type { NativeFile } from './native-files.ts'
import type { Environment } from './product.ts'

/** The rows that a Parcours wrote which is closed by now; its directory is given back. */
export async function nativeFiles(
  bench: Bench,
  { product, environment }: { product: string; environment?: Environment },
): Promise<NativeFile[]> {
  const directory = await bench.scratch.directory('rows')
  const input = { product, directory, ...(environment && { environment }) }
  const child = await openChild<typeof open>('native-rows', input, bench)
  const files = await child.call('write')
  await child.close()
  await bench.scratch.drop(product)
  return files
}
