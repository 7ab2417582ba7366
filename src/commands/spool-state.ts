import { Gauge, type Registry } from 'prom-client'
import type { SpooledLog, SpoolStatus } from '../adapters/spool/spooled-log.ts'
import type { Check } from './checks.ts'
import { formatBytes } from './format.ts'

/** What `health` says of the spool. */
export type SpoolHealth = {
  records: number
  bytes: number
  bytesMax: number
  /** ISO 8601: since when what comes goes through the spool; null while it goes to the log */
  since: string | null
  /** why the log takes nothing; null while it does */
  reason: string | null
}

export function spoolHealthOf({ records, bytes, bytesMax, ...status }: SpoolStatus): SpoolHealth {
  const { sinceMs, failure } = status
  return {
    records,
    bytes,
    bytesMax,
    since: sinceMs === undefined ? null : new Date(sinceMs).toISOString(),
    reason: failure?.message ?? null,
  }
}

export function spoolCheck(status: SpoolStatus): Check {
  const name = 'spool'
  const { records, bytes, bytesMax, sinceMs, failure, refusal } = status
  if (sinceMs === undefined && refusal === undefined) {
    return { name, status: 'ok', message: `Nothing waits; ${formatBytes(bytesMax)} may.` }
  }
  const since = sinceMs === undefined ? '' : ` since ${new Date(sinceMs).toISOString()}`
  const held = `${records} records, ${formatBytes(bytes)} of ${formatBytes(bytesMax)}, wait on disk`
  const why = failure === undefined ? '' : ` ${failure.message}`
  if (refusal !== undefined) {
    return {
      name,
      status: 'fail',
      message: `Senders are refused: ${refusal.message} ${held}${since}.${why}`,
      remedy: 'Bring the log back, or make room; what waits is safe and forwarded by itself.',
    }
  }
  return {
    name,
    status: 'warn',
    message: `${held}${since}.${why}`,
    remedy: 'Mend what the message names; what waits is forwarded by itself.',
  }
}

/** Gauges that are read when somebody asks for /metrics. */
export function registerSpoolMetrics(
  registry: Registry,
  { spool, now }: { spool: SpooledLog; now: () => number },
): void {
  const figures: [name: string, help: string, read: (status: SpoolStatus) => number][] = [
    [
      'parcours_spool_bytes',
      'Bytes that wait on disk until the log takes them',
      ({ bytes }) => bytes,
    ],
    [
      'parcours_spool_records',
      'Touchpoints and dead letters that wait on disk until the log takes them',
      ({ records }) => records,
    ],
    [
      'parcours_spool_oldest_seconds',
      'How long the oldest of them has waited; 0 where none does',
      ({ oldestMs }) => (oldestMs === undefined ? 0 : Math.max(0, now() - oldestMs) / 1_000),
    ],
  ]
  for (const [name, help, read] of figures) {
    const gauge = new Gauge({
      name,
      help,
      registers: [],
      async collect() {
        this.set(read(await spool.status()))
      },
    })
    registry.registerMetric(gauge)
  }
}
