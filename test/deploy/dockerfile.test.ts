/** What the image is made of, as far as its recipe tells; nothing is built here. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { imageEnvironment, instructions } from '../support/dockerfile.ts'

const ROOT = join(import.meta.dirname, '../..')
const RECIPE = instructions()
const MANIFEST = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  devDependencies: Record<string, string>
  optionalDependencies: Record<string, string>
}

const all = (name: string): string[] =>
  RECIPE.filter((one) => one.name === name).map(({ rest }) => rest)
/** Of the stage that becomes the image. */
const final = (name: string): string[] =>
  RECIPE.slice(RECIPE.findLastIndex((one) => one.name === 'FROM'))
    .filter((one) => one.name === name)
    .map(({ rest }) => rest)

function sources(copies: string[]): string[] {
  return copies
    .filter((rest) => !rest.startsWith('--from='))
    .flatMap((rest) => rest.split(' ').slice(0, -1))
}

describe('the image', () => {
  test('has the Node that the project pins, whatever stage', () => {
    expect(all('ARG')).toEqual([`BASE=node:${MANIFEST.devDependencies['node']}-bookworm-slim`])
    expect(all('FROM').map((rest) => rest.split(' ')[0])).toEqual(['${BASE}', '${BASE}'])
  })

  test('does not run as root, and says so by number', () => {
    const [user] = final('USER')
    expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/)
    expect(final('RUN').join()).toContain(`-o ${user!.split(':')[0]} `)
  })

  test('leaves out chDB, the only optional dependency, and what is for development', () => {
    expect(Object.keys(MANIFEST.optionalDependencies)).toEqual(['chdb'])
    expect(all('RUN')[0]).toBe('npm pkg delete optionalDependencies && npm ci --omit=dev')
  })

  test('is told to stop by SIGTERM, asked by /api/health, and started as one process', () => {
    expect(final('STOPSIGNAL')).toEqual(['SIGTERM'])
    expect(final('HEALTHCHECK').join()).toContain('/api/health')
    expect(final('ENTRYPOINT')).toEqual(['["parcours"]'])
    expect(readFileSync(join(ROOT, 'deploy/parcours'), 'utf8')).toMatch(
      /^exec node .* \/opt\/parcours\/src\/cli\.ts "\$@"$/m,
    )
  })

  test('has a volume where its data is', () => {
    expect(final('VOLUME')).toEqual([imageEnvironment()['PARCOURS_DATA']])
  })

  test('is made of files that are there, and .dockerignore lets through these alone', () => {
    const copied = [...new Set(sources(all('COPY')))].sort()
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
    const rules = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    expect(rules[0]).toBe('*')
    expect(rules.slice(1).sort()).toEqual(copied.map((path) => `!${path}`))
  })

  test('holds every file of ours that its code imports', () => {
    const copied = sources(final('COPY'))
    const folders = copied.filter((path) => globSync(`${path}/*`, { cwd: ROOT }).length > 0)
    const files = globSync(
      folders.map((folder) => `${folder}/**/*.ts`),
      { cwd: ROOT },
    )
    expect(files.length).toBeGreaterThan(60)
    const missing = files.flatMap((file) =>
      importsOf(file).filter((path) => !copied.some((one) => path.startsWith(`${one}/`))),
    )
    expect(missing).toEqual([])
  })
})

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  return [...text.matchAll(/(?:from|import\() ?'(\.[^']+)'/g)].map(([, path]) =>
    relative(ROOT, join(ROOT, dirname(file), path!)),
  )
}
