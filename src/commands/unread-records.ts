import type { ApiClient } from './api-client.ts'
import type { Health } from './health.ts'

/** Of all steps together; nothing where the answer says nothing of it. */
export async function unreadRecords(client: ApiClient): Promise<number> {
  const answer = await client.request({ method: 'GET', path: '/api/health', as: 'reader' })
  const { lagRecords = {} } = JSON.parse(await answer.text()) as Partial<Health>
  return Object.values(lagRecords).reduce((sum, records) => sum + records, 0)
}
