import { STEPS, WAREHOUSE_STEP } from '../../processors/topology.ts'

/** What a process does. One process may do all; several may share a role. */
export const ROLES = ['collect', 'process', 'warehouse', 'serve'] as const
export type Role = (typeof ROLES)[number]
export type Roles = ReadonlySet<Role>

export const ALL_ROLES: Roles = new Set(ROLES)

/** The steps whose lanes a process with these roles works on. */
export function stepsOf(roles: Roles): string[] {
  return [
    ...(roles.has('process') ? STEPS.map(({ name }) => name) : []),
    ...(roles.has('warehouse') ? [WAREHOUSE_STEP] : []),
  ]
}

/** Where to ask for what a process with these roles does not answer; undefined where it answers all. */
export function elsewhereOf(roles: Roles): string | undefined {
  if (roles.size === ALL_ROLES.size) return undefined
  return (
    `This is "parcours ${[...roles].join(' ')}": senders ask "parcours collect", ` +
    'readers and commands the address or the data directory of "parcours serve".'
  )
}

/** Collectors and processors never ask the warehouse. */
export function needsWarehouse(roles: Roles): boolean {
  return roles.has('warehouse') || roles.has('serve')
}
