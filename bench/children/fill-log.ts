import { crowdOf } from '../support/crowd.ts'
import { fillLog } from '../support/fill-log.ts'
import { type Environment, productConfig } from '../support/product.ts'
import { openVisitors } from '../support/visitors.ts'

const APPEND_BATCH = 1_000

/** A data directory whose log holds the touchpoints of many people, all unread. */
export async function open({
  directory,
  environment,
  people,
}: {
  directory: string
  environment?: Environment
  people: number
}) {
  const config = await productConfig(directory, environment)
  const visitors = openVisitors('crowd')
  const appended = await fillLog(
    config,
    (function* () {
      for (const sightings of crowdOf(people, APPEND_BATCH)) yield visitors.records(sightings)
    })(),
  )
  return { appended: () => appended }
}
