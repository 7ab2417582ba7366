import type { Generation, GenerationSettings } from '../src/domain/generation.ts'
import { settingsChanges } from '../src/domain/settings-changes.ts'
import type { Processing } from '../src/ports/processing.ts'
import type { Warehouse } from '../src/ports/warehouse.ts'
import { CONTROL, type Control, controlOf, readControl, writeControl } from './control.ts'
import { generationsHeld } from './stale-generations.ts'

/**
 * The control record, made the first time. A warehouse that holds rows of some other log (its data
 * directory was deleted, say) keeps them apart by their generation: ours is a later one.
 */
export async function ensureControl(
  { processing, warehouse }: { processing: Processing; warehouse: Warehouse },
  { site, settings }: { site: string; settings: GenerationSettings },
): Promise<Control> {
  const known = await knownControl(processing)
  if (known) return known
  await processing.takeOver(CONTROL)
  const held = await generationsHeld(warehouse)
  const control = controlOf({ number: Math.max(0, ...held) + 1, site, settings })
  await writeControl(processing, control)
  return control
}

/** What was decided by now, by whoever decides; undefined before the first start. */
export async function knownControl(processing: Processing): Promise<Control | undefined> {
  await processing.refresh(CONTROL)
  return readControl(processing)
}

/** What differs between the settings that figures are made with and the site file as it is now. */
export function pendingChanges(
  { active, building }: Control,
  settings: GenerationSettings,
): string[] {
  return settingsChanges((building?.generation ?? active).settings, settings)
}

export function nextGeneration(
  { active, building }: Control,
  settings: GenerationSettings,
): Generation {
  const number = Math.max(active.number, building?.generation.number ?? 0) + 1
  return { number, site: active.site, settings }
}
