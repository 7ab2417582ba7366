import { open } from './open-store.ts'

/** Opens a store as another user, where this process may become one, and says what came of it. */
const [directory, user] = process.argv.slice(2) as [string, string | undefined]
if (user !== undefined) process.setuid!(Number(user))
try {
  const store = await open(directory)
  await store.close()
  console.log('opened')
} catch (error) {
  console.log((error as Error).message)
}
