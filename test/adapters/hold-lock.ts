import { lockDirectory } from '../../src/adapters/directory-lock.ts'

/** Takes the lock of a directory and keeps it until it is killed, or says why it cannot. */
const [directory, user] = process.argv.slice(2) as [string, string | undefined]
if (user !== undefined) process.setuid!(Number(user))
try {
  await lockDirectory(directory)
  console.log('locked')
  setInterval(() => undefined, 1000)
} catch (error) {
  console.log((error as Error).message)
}
