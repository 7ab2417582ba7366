/** Roles that were pointed at a place that is not theirs say so: nothing wrong is shown. */
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { send } from '../support/api.ts'
import { dataDirectory, temporaryDirectory } from '../support/data-directory.ts'
import { startable } from '../support/kafka/choice.ts'
import { startOutside } from '../support/outside.ts'
import { runParcours, startParcours } from '../support/real-process.ts'

test.skipIf(startable().kind === 'none')(
  'a reader waits for the schema, and leaves the rows of another log alone; a site of another name is refused by its log; a role names who answers what it does not',
  { timeout: 900_000 },
  async () => {
    const { env } = await startOutside('one-')
    const directory = await temporaryDirectory()
    const role = (command: string, more: Record<string, string> = {}) =>
      startParcours({
        command,
        data: join(directory, `${command}${Object.values(more).join('-')}`),
        env: { ...env, ...more },
      })
    const two = { PARCOURS_KAFKA_PREFIX: 'two-' }
    // The whole of one system, and the log of a second one.
    const [url] = await Promise.all([
      startParcours({ data: join(directory, 'one'), env }).running,
      role('warehouse', { ...two, PARCOURS_CLICKHOUSE_DATABASE: 'two' }).running,
    ])
    expect((await send(url, [{ type: 'page_view', anonymousId: 'a' }])).status).toBe(202)

    const early = role('serve', { ...two, PARCOURS_CLICKHOUSE_DATABASE: 'empty' })
    await vi.waitFor(() => expect(early.said()).toContain('The schema lacks 0001_'), 180_000)
    const empty = { ...env, PARCOURS_CLICKHOUSE_DATABASE: 'empty' }
    await runParcours(['migrate'], { data: directory, env: empty })
    await early.running

    await vi.waitFor(async () => {
      const stranger = role('serve', two)
      expect(await stranger.ended, stranger.said()).toMatchObject({ code: 1 })
      expect(stranger.said()).toContain('holds what another data directory wrote')
    }, 180_000)

    const { data, site } = await dataDirectory({ site: 'boutique' })
    const other = await runParcours(['process'], { data, site, env })
    expect(other).toMatchObject({ code: 1 })
    expect(other.stderr).toMatch(/log one- in Kafka.* holds the site "shop".*PARCOURS_KAFKA_PREFIX/)

    const asked = { data: join(directory, 'processtwo-'), env: { ...env, ...two } }
    const processor = role('process', two)
    await processor.running
    const funnel = await runParcours(['funnel'], asked)
    expect(funnel).toMatchObject({ code: 1 })
    expect(funnel.stderr).toMatch(/This is "parcours process".*"parcours serve"/)
  },
)
