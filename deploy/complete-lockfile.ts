/**
 * Names in package-lock.json the optional packages of other platforms that a
 * registry mirror did not offer when the lock was made. Without them `npm ci`
 * refuses the lock, and another platform installs no engine.
 *
 *   node deploy/complete-lockfile.ts           add what is missing
 *   node deploy/complete-lockfile.ts --check   exit 1 when something is missing
 */
import { readFileSync, writeFileSync } from 'node:fs'

type LockEntry = {
  version?: string
  os?: string[]
  cpu?: string[]
  optional?: boolean
  resolved?: string
  optionalDependencies?: Record<string, string>
}
type Lock = { packages: Record<string, LockEntry> }

const LOCK_PATH = new URL('../package-lock.json', import.meta.url)
const OPERATING_SYSTEMS = [
  'darwin',
  'linux',
  'win32',
  'android',
  'freebsd',
  'openbsd',
  'netbsd',
  'sunos',
  'aix',
  'openharmony',
]
const PROCESSORS = [
  'x64',
  'arm64',
  'arm',
  'ia32',
  'ppc64',
  's390x',
  'riscv64',
  'loong64',
  'mips64el',
  'wasm32',
]

const lock = JSON.parse(readFileSync(LOCK_PATH, 'utf8')) as Lock
const missing = missingOptionalPackages(lock)
const addressed = Object.entries(lock.packages).filter(([, entry]) =>
  entry.resolved?.includes('://'),
)

if (process.argv.includes('--check')) {
  for (const name of Object.keys(missing))
    console.error(`package-lock.json has no entry for ${name}`)
  for (const [name] of addressed)
    console.error(`package-lock.json names a download address for ${name}`)
  if (Object.keys(missing).length > 0 || addressed.length > 0) {
    console.error('Run: node deploy/complete-lockfile.ts')
    process.exit(1)
  }
} else {
  const packages = { ...lock.packages, ...missing }
  for (const [name] of addressed) delete packages[name]?.resolved
  const sorted = Object.fromEntries(
    Object.entries(packages).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  )
  writeFileSync(LOCK_PATH, JSON.stringify({ ...lock, packages: sorted }, null, 2) + '\n')
  console.log(`package-lock.json: ${Object.keys(missing).length} entries added`)
}

function missingOptionalPackages({ packages }: Lock): Record<string, LockEntry> {
  const added: Record<string, LockEntry> = {}
  for (const [owner, entry] of Object.entries(packages)) {
    // The project's own optional packages (owner '') are always resolved.
    if (owner === '') continue
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const path = `node_modules/${name}`
      if (packages[path] || packages[`${owner}/${path}`]) continue
      added[path] = { version, ...platformOf(name), optional: true }
    }
  }
  return added
}

/** Packages of one platform carry it in their name: `@chdb/lib-darwin-arm64`. */
function platformOf(name: string): Pick<LockEntry, 'os' | 'cpu'> {
  const words = name.split(/[/-]/)
  const os = OPERATING_SYSTEMS.filter((word) => words.includes(word))
  const cpu = PROCESSORS.filter((word) => words.includes(word))
  return { ...(os.length > 0 && { os }), ...(cpu.length > 0 && { cpu }) }
}
