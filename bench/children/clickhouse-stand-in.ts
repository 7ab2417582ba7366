import { STAND_IN_PASSWORD, startStandIn } from '../../test/support/stand-in/stand-in.ts'
import type { Environment } from '../support/product.ts'

/** What the tests have where there is no ClickHouse server: its HTTP interface over chDB. */
export async function open({ directory }: { directory: string }) {
  const standIn = await startStandIn(directory)
  return {
    environment: (): Environment => ({
      PARCOURS_WAREHOUSE: standIn.url,
      PARCOURS_CLICKHOUSE_PASSWORD: STAND_IN_PASSWORD,
    }),
    close: () => standIn.kill(),
  }
}
