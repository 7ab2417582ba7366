import { open } from 'node:fs/promises'
import { randomFrom } from '../../src/demo/random.ts'

const HEADER =
  'event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session'
const CATEGORIES = ['furniture.living_room.sofa', 'electronics.smartphone', 'apparel.shoes', '']
const BRANDS = ['samsung', 'ikea', 'nike', 'l\u2019atelier', '']
const EVENTS = [
  [88, 'view'],
  [8, 'cart'],
  [2, 'remove_from_cart'],
  [2, 'purchase'],
] as const
const APART_MS = 3_000
const ROWS_A_PERSON = 10
const WRITE_ROWS = 5_000

/**
 * A file in the form of the public data set that docs/examples/rees46-mapping.json is for.
 * @param seed another one names other people and other instants
 */
export async function writeShopFile(
  path: string,
  { rows, seed, startMs }: { rows: number; seed: string; startMs: number },
): Promise<void> {
  const random = randomFrom(`file/${seed}`)
  const people = Array.from({ length: Math.ceil(rows / ROWS_A_PERSON) }, () => ({
    id: random.int(500_000_000, 600_000_000),
    session: random.uuid(),
  }))
  const file = await open(path, 'w')
  try {
    let lines = [HEADER]
    for (let row = 0; row < rows; row++) {
      const time = new Date(startMs + row * APART_MS).toISOString()
      const { id, session } = random.pick(people)
      const product = random.int(1_000_000, 60_000_000)
      lines.push(
        `${time.slice(0, 10)} ${time.slice(11, 19)} UTC,${random.weighted(EVENTS)},${product},` +
          `20530135${random.int(10_000_000_000, 99_999_999_999)},${random.pick(CATEGORIES)},` +
          `${random.pick(BRANDS)},${(random.int(100, 250_000) / 100).toFixed(2)},${id},${session}`,
      )
      if (lines.length < WRITE_ROWS) continue
      await file.write(`${lines.join('\n')}\n`)
      lines = []
    }
    await file.write(`${lines.join('\n')}\n`)
  } finally {
    await file.close()
  }
}
