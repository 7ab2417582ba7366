import { open } from './open-store.ts'

/** Appends one record and says so: traced, it shows what came before the acknowledgement. */
const [directory, payload] = process.argv.slice(2) as [string, string]
const store = await open(directory)
await store.log.append('touchpoints', [{ key: 'd:one', value: Buffer.from(payload) }])
process.stdout.write('acknowledged\n')
await store.close()
