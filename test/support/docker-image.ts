import { spawnSync } from 'node:child_process'

// Whoever has no Docker must not wait for it.
const PROBE_MS_MAX = 1_500
// A registry that answers sends a small image by then; a larger one is worth a `docker pull` before.
const PULL_MS_MAX = 15_000
// Found out once for a run: its processes inherit the answer.
const KNOWN = 'PARCOURS_TEST_IMAGES'

/** Why no container of the image can be started here; undefined where the image is at hand. */
export function imageProblem(image: string): string | undefined {
  const known = JSON.parse(process.env[KNOWN] ?? '{}') as Record<string, string | null>
  const remembered = known[image]
  if (remembered !== undefined) return remembered ?? undefined
  const problem = lookFor(image)
  process.env[KNOWN] = JSON.stringify({ ...known, [image]: problem ?? null })
  return problem
}

function lookFor(image: string): string | undefined {
  if (!docker(['info', '--format', '{{.ServerVersion}}'], PROBE_MS_MAX)) return 'no Docker answers'
  if (docker(['image', 'inspect', image], PROBE_MS_MAX)) return undefined
  if (docker(['pull', '--quiet', image], PULL_MS_MAX)) return undefined
  return `Docker has no ${image} and cannot get it in ${PULL_MS_MAX / 1_000} s`
}

/** `docker info` ends well without a daemon, too: then it prints no version. */
function docker(words: readonly string[], timeout: number): boolean {
  const { status, stdout } = spawnSync('docker', words, { timeout, encoding: 'utf8' })
  return status === 0 && stdout.trim() !== ''
}
