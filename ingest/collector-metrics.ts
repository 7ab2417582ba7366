import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { HeldBytes } from './held-bytes.ts'

export type CollectorMetrics = ReturnType<typeof collectorMetrics>

/**
 * Names and units are an interface: dashboards and alerts are built on them.
 * @param held asked when somebody reads the metrics
 */
export function collectorMetrics(registry: Registry, held: Pick<HeldBytes, 'current'>) {
  const registers = [registry]
  return {
    accepted: new Counter({
      name: 'parcours_touchpoints_accepted_total',
      help: 'Touchpoints answered as accepted: each is durably in the log.',
      registers,
    }),
    rejected: new Counter({
      name: 'parcours_touchpoints_rejected_total',
      help: 'Touchpoints refused by validation: each is a dead letter.',
      labelNames: ['code'] as const,
      registers,
    }),
    duration: new Histogram({
      name: 'parcours_collector_request_duration_seconds',
      help: 'From the head of a request to the end of its answer, the wait for the log included.',
      labelNames: ['status'] as const,
      // An fsync takes one to ten milliseconds; a sender gives up after some seconds.
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    receivedBytes: new Counter({
      name: 'parcours_collector_received_bytes_total',
      help: 'Bytes of request bodies, as they were sent.',
      registers,
    }),
    heldBytes: new Gauge({
      name: 'parcours_collector_held_bytes',
      help: 'Bytes of bodies in memory: being received, judged or written to the log.',
      registers,
      collect() {
        this.set(held.current)
      },
    }),
  }
}
