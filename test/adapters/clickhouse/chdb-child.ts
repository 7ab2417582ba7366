/** Inserts two rows under a token and says so: `node chdb-child.ts PATH TOKEN close|wait`. */
import { openChdb } from '../../../src/adapters/clickhouse/chdb.ts'
import { migrate } from '../../../src/warehouse/migrate.ts'

const [path, token, then] = process.argv.slice(2)
const warehouse = await openChdb({ path: path!, sessions: 1 })
await migrate(warehouse)
const row = (day: string) =>
  JSON.stringify([
    ...['shop', 1, '1', '1', day, 0, day, 0, 1, day, 0, 0, 0, [0], [day], [0]],
    ...['web', 'mobile', 0, '0', '0', '0', '0', '0', '0', [], '0', 0, 1],
  ])
await warehouse.insert({
  table: 'milestones',
  rows: [row('2026-01-31'), row('2026-02-01')],
  token: token!,
})
process.stdout.write('inserted\n')
if (then === 'close') await warehouse.close()
// Killed by the test.
else setInterval(() => undefined, 1000)
