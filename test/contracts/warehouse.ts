import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Warehouse } from '../../src/ports/warehouse.ts'
import { migrate } from '../../src/warehouse/migrate.ts'
import { insertContract } from './warehouse/inserts.ts'
import { queryContract, SLOW } from './warehouse/queries.ts'

export type WarehouseUnderTest = {
  /** The same warehouse each time, empty the first; one at a time is open. */
  open(options?: { closeTimeoutSeconds?: number }): Promise<Warehouse>
  remove(): Promise<void>
}

/** What every adapter of the warehouse must do; nothing here knows how it reaches ClickHouse. */
export function warehouseContract(name: string, make: () => Promise<WarehouseUnderTest>): void {
  describe(`${name}: the contract of the warehouse`, () => {
    let subject: WarehouseUnderTest
    let warehouse: Warehouse
    beforeAll(async () => {
      subject = await make()
      warehouse = await subject.open()
      await migrate(warehouse)
    })
    afterAll(async () => {
      await warehouse?.close()
      await subject?.remove()
    })

    insertContract(() => warehouse)
    queryContract(() => warehouse)

    describe('a statement', () => {
      test('changes the schema, and what is wrong with it is said', async () => {
        await warehouse.command('CREATE TABLE some_table (a UInt8) ENGINE = Memory')
        await expect(
          warehouse.command('CREATE TABLE some_table (a UInt8) ENGINE = Memory'),
        ).rejects.toMatchObject({ code: 'rejected', retryable: false })
        await warehouse.command('DROP TABLE some_table')
      })
    })

    describe('closing', () => {
      beforeAll(() => warehouse.close())

      test('waits for what runs, stops what would not end, and refuses what comes after', async () => {
        const open = await subject.open({ closeTimeoutSeconds: 1 })
        const slow = Promise.allSettled([open.query(SLOW)])
        await open.close()
        expect(await slow).toMatchObject([{ reason: { code: 'timeout' } }])
        await expect(open.query('SELECT 1')).rejects.toMatchObject({ code: 'closed' })
        await expect(open.command('SELECT 1')).rejects.toMatchObject({ code: 'closed' })
        const insert = open.insert({ table: 'names', rows: ['[]'], token: '' })
        await expect(insert).rejects.toMatchObject({ code: 'closed' })
        await open.close()
        // And nothing of it goes on.
        const next = await subject.open()
        const { rows } = await next.query(
          "SELECT 1 FROM system.processes WHERE query LIKE '%sipHash64(number)%' AND query NOT LIKE '%processes%'",
        )
        expect(rows).toEqual([])
        await next.close()
      })

      test('keeps what was inserted, and its token', async () => {
        const insert = {
          table: 'names',
          rows: ['["kept","source","1","t"]'],
          token: 'kept',
        } as const
        const first = await subject.open()
        await first.insert(insert)
        await first.close()
        const second = await subject.open()
        await second.insert(insert)
        const asked = second.query("SELECT text FROM names WHERE site = 'kept'")
        expect((await asked).rows).toEqual([{ text: 't' }])
        await second.close()
      })
    })
  })
}
