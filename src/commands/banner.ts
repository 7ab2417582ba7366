import { relative } from 'node:path'
import type { Config } from '../config.ts'
import { REFERENCE_PATH } from './openapi/reference-part.ts'
import { ALL_ROLES } from './roles.ts'
import type { Style } from './terminal.ts'
import type { System } from './system.ts'
import { version } from './version.ts'

/** What a start says: where everything is, the new write key once, and a first thing to try. */
export function bannerOf({
  url,
  config,
  system: { site, writeKey, roles },
  style,
}: {
  url: string
  config: Pick<Config, 'dataDirectory' | 'siteFile' | 'writeKey'>
  system: Pick<System, 'site' | 'writeKey' | 'roles'>
  style: Style
}): string {
  const data = shortPath(config.dataDirectory)
  const { model } = site
  const from = config.siteFile === undefined ? 'no site file' : shortPath(config.siteFile)
  const rows = [
    ...(roles.has('collect') ? [['collector', `${url}/v1/touchpoints`]] : []),
    ...(roles.has('serve')
      ? [
          ['funnel', `${url}/api/funnel`],
          ['reference', `${url}${REFERENCE_PATH}`],
        ]
      : []),
    ['health', `${url}/api/health`],
    ['data', data],
    [
      'site',
      `${site.site}, ${site.timeZone}, ${site.currency}, ${model.name}@${model.version} (${from})`,
    ],
  ]
  if (writeKey?.generated) {
    rows.push([
      'write key',
      `${style.bold(writeKey.key)}  shown this once, kept in ${data}/write-key`,
    ])
  }
  const kept = config.writeKey === undefined ? `$(cat ${data}/write-key)` : '$PARCOURS_WRITE_KEY'
  const key = writeKey?.generated ? writeKey.key : kept
  const toTry = [
    ...(roles.has('collect')
      ? [
          `  curl ${url}/v1/touchpoints -H "Authorization: Bearer ${key}" \\`,
          `    -H 'Content-Type: application/json' -d '{"type":"page_view","anonymousId":"me","page":{"path":"/"}}'`,
        ]
      : []),
    ...(roles.has('serve') ? ['  npx parcours funnel'] : []),
  ]
  const does = roles.size === ALL_ROLES.size ? '' : ` (${[...roles].join(', ')})`
  return [
    style.bold(`Parcours ${version()} is running${does}`),
    '',
    ...rows.map(([name, value]) => `  ${style.dim(name!.padEnd(10))} ${value}`),
    '',
    ...(toTry.length > 0 ? ['Try it:', ...toTry, ''] : []),
    'Ctrl-C stops it.',
  ].join('\n')
}

function shortPath(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : `./${short}`
}
