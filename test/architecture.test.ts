/** Who may import whom: the tree shows the architecture, and data flows one way. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const FILES = globSync('{src,ingest,processors,queries}/**/*.ts', { cwd: ROOT })

const SHARED = ['src/domain', 'src/ports', 'src/http']
/** What files of a folder may import beside their own folder; the longest folder that fits counts. */
const MAY_IMPORT: Record<string, string[]> = {
  'src/domain': [],
  'src/ports': ['src/domain'],
  'src/http': ['src/domain'],
  'src/adapters': ['src/domain', 'src/ports'],
  'src/warehouse': ['src/domain', 'src/ports'],
  'src/import': ['src/domain'],
  'src/demo': ['src/domain'],
  ingest: SHARED,
  processors: SHARED,
  queries: SHARED,
}
const DOMAIN_LIBRARIES = new Set(['zod', 'node:crypto'])
const ADAPTER_LIBRARIES = ['kafkajs', 'lmdb', '@clickhouse/client', 'chdb']

describe('imports', () => {
  test('the files of the product are found', () => {
    expect(FILES.length).toBeGreaterThan(60)
  })

  test.each(Object.entries(MAY_IMPORT))(
    '%s imports nothing but itself and %j',
    (folder, allowed) => {
      const wrong = FILES.filter((file) => file.startsWith(`${folder}/`)).flatMap((file) =>
        localImports(file)
          .filter((target) => ![folder, ...allowed].some((one) => target.startsWith(`${one}/`)))
          .map((target) => `${file} imports ${target}`),
      )
      expect(wrong).toEqual([])
    },
  )

  test('the domain uses no library but zod and the hashes of node:crypto', () => {
    const wrong = FILES.filter((file) => file.startsWith('src/domain/')).flatMap((file) =>
      libraries(file)
        .filter((library) => !DOMAIN_LIBRARIES.has(library))
        .map((library) => `${file} imports ${library}`),
    )
    expect(wrong).toEqual([])
  })

  test('only adapters know the log, the store and the warehouse by their libraries', () => {
    const wrong = FILES.filter((file) => !file.startsWith('src/adapters/')).flatMap((file) =>
      libraries(file)
        .filter((library) =>
          ADAPTER_LIBRARIES.some((one) => library === one || library.startsWith(`${one}/`)),
        )
        .map((library) => `${file} imports ${library}`),
    )
    expect(wrong).toEqual([])
  })

  test('only src/config.ts reads the environment', () => {
    const readers = FILES.filter((file) =>
      /\bprocess\.env\b/.test(readFileSync(join(ROOT, file), 'utf8')),
    )
    expect(readers.filter((file) => file !== 'src/config.ts')).toEqual([])
  })

  test('the domain asks for no time and no chance', () => {
    const asks = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bperformance\./
    const wrong = FILES.filter((file) => file.startsWith('src/domain/')).filter((file) =>
      asks.test(readFileSync(join(ROOT, file), 'utf8')),
    )
    expect(wrong).toEqual([])
  })
})

function specifiers(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  const imports =
    /^(?:import|export|\})[^\n]*\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm
  return [...text.matchAll(imports)].map((match) => match[1] ?? match[2] ?? match[3]!)
}

function localImports(file: string): string[] {
  return specifiers(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => relative(ROOT, join(ROOT, dirname(file), specifier)))
}

function libraries(file: string): string[] {
  return specifiers(file).filter((specifier) => !specifier.startsWith('.'))
}
