import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { judge } from '../../../ingest/judgement.ts'
import { decodeAttributed } from '../../../processors/attributed-record.ts'
import { readTouchpoint } from '../../../processors/touchpoint-record.ts'
import { partitionFor } from '../../../src/adapters/partition-for.ts'
import { keptOf } from '../../../src/domain/kept.ts'
import { parseSite } from '../../../src/domain/site.ts'
import { touchpointSchema } from '../../../src/domain/touchpoint-schema.ts'

const docs = readFileSync(new URL('../../../docs/kafka.md', import.meta.url), 'utf8')
const [touchpoint, attributed, letter] = [...docs.matchAll(/^```json\n(.*?)^```/gms)].map(
  ([, text]) => JSON.parse(text!) as Record<string, unknown>,
)
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value))

describe('the records that docs/kafka.md shows', () => {
  it('are a touchpoint as collectors write it', () => {
    expect(touchpointSchema.parse(touchpoint)).toEqual(touchpoint)
    expect(readTouchpoint(bytes(touchpoint), 'shop')).toMatchObject({ kind: 'touchpoint' })
  })

  it('are a change as the step attribute tells it of that touchpoint', () => {
    const record = decodeAttributed(bytes(attributed))
    const { digest } = attributed!['set'] as { digest: string }
    const kept = keptOf(touchpointSchema.parse(touchpoint), digest)
    expect(record).toMatchObject({ key: 'd:device-1', id: kept.id, set: kept })
  })

  it('are a dead letter as it is made of what it holds', () => {
    const raw = JSON.parse(letter!['body'] as string) as unknown
    const receivedAtMs = Date.parse(letter!['receivedAt'] as string)
    const { deadLetters } = judged([raw], receivedAtMs)
    expect(deadLetters.map(({ value }) => JSON.parse(String(value)) as unknown)).toEqual([letter])
  })

  it('have the key, in the partition, that it names', () => {
    const { accepted } = judged([{ type: 'page_view', anonymousId: 'device-1' }], Date.now())
    const [, site, key, partition] = /`(\w+)\\u0000([\w:-]+)` is in partition (\d) of 8/.exec(docs)!
    expect(accepted).toMatchObject([{ key: `${site}\u0000${key}` }])
    expect(partitionFor(accepted[0]!.key, 8)).toBe(Number(partition))
  })
})

function judged(touchpoints: unknown[], receivedAtMs: number) {
  return judge({ touchpoints, sentAtMs: undefined }, { site: parseSite({}), receivedAtMs })
}
