import { Gauge, type Registry } from 'prom-client'
import type { Pipeline } from '../../processors/pipeline.ts'
import type { EmbeddedStore } from '../adapters/lmdb/embedded-store.ts'

/** Gauges that are read when somebody asks for /metrics. */
export function registerMetrics(
  registry: Registry,
  { pipeline, store }: { pipeline: Pipeline; store: EmbeddedStore },
): void {
  const registers = [registry]
  new Gauge({
    name: 'parcours_lag_records',
    help: 'Records that a step has not read yet, by step and partition',
    labelNames: ['step', 'partition'],
    registers,
    async collect() {
      for (const { step, partition, lagRecords } of await pipeline.lags()) {
        this.set({ step, partition: String(partition) }, lagRecords)
      }
    },
  })
  new Gauge({
    name: 'parcours_steps_stopped',
    help: 'Steps that stopped for good and need an operator',
    registers,
    collect() {
      this.set(pipeline.failures.size)
    },
  })
  new Gauge({
    name: 'parcours_generation',
    help: 'Number of the generation that figures are read from',
    registers,
    collect() {
      this.set(pipeline.control.active.number)
    },
  })
  new Gauge({
    name: 'parcours_store_bytes',
    help: 'Size of the file that holds log, positions and state',
    registers,
    collect() {
      this.set(store.stats().fileBytes)
    },
  })
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory of this process that is not paged out',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
}
