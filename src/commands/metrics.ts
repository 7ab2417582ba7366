import { Gauge, type Registry } from 'prom-client'
import type { Pipeline } from '../../processors/pipeline.ts'
import type { Store } from './open-store.ts'
import { readableLags } from './readable-lags.ts'

/** Gauges that are read when somebody asks for /metrics. */
export function registerMetrics(
  registry: Registry,
  { pipeline, store }: { pipeline: Pipeline; store: Pick<Store, 'stats'> },
): void {
  const lag = new Gauge({
    name: 'parcours_lag_records',
    help: 'Records that a step has not read yet, by step and partition',
    labelNames: ['step', 'partition'],
    registers: [],
    async collect() {
      const found = await readableLags(pipeline)
      this.reset()
      // No figure rather than an old one: the others are asked for all the more then.
      if (found.kind === 'unknown') return
      for (const { step, partition, lagRecords } of found.lags) {
        this.set({ step, partition: String(partition) }, lagRecords)
      }
    },
  })
  registry.registerMetric(lag)
  const figures: [name: string, help: string, read: () => number][] = [
    [
      'parcours_steps_stopped',
      'Steps that stopped for good and need an operator',
      () => pipeline.failures.size,
    ],
    [
      'parcours_generation',
      'Number of the generation that figures are read from; 0 where a collector could not ask yet',
      () => pipeline.control.active.number,
    ],
    [
      'parcours_store_bytes',
      'Size of the file that holds log, positions and state; with Kafka, of the cache of state',
      () => store.stats().fileBytes,
    ],
    [
      'process_resident_memory_bytes',
      'Memory of this process that is not paged out',
      () => process.memoryUsage.rss(),
    ],
  ]
  for (const [name, help, read] of figures) {
    const gauge = new Gauge({
      name,
      help,
      registers: [],
      collect() {
        this.set(read())
      },
    })
    registry.registerMetric(gauge)
  }
}
