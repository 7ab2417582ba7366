/** What `GET /api/funnel` answers: all that commands know of the queries behind it. */
export type { FunnelAnswer } from '../../queries/funnel.ts'
export type { FunnelReceipt } from '../../queries/funnel-receipt.ts'
export type { FunnelStage } from '../../queries/funnel-stages.ts'
