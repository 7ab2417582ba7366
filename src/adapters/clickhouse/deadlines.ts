import { WarehouseError } from '../../ports/warehouse.ts'

/** Calls under way, each of which ends at its time or when all are told to. */
export type Deadlines = {
  /** @throws WarehouseError `timeout` where it took too long or was stopped, else what `task` throws */
  within<T>(seconds: number, task: (signal: AbortSignal) => Promise<T>): Promise<T>
  stopAll(): void
}

/** @param where for the sentence that says what did not answer */
export function deadlinesOf(where: string): Deadlines {
  const underWay = new Set<AbortController>()
  return {
    async within(seconds, task) {
      const controller = new AbortController()
      underWay.add(controller)
      const late = `ClickHouse (${where}) did not answer in ${Math.round(seconds)} s. Is it overloaded, or the network down?`
      const timer = setTimeout(() => controller.abort(late), seconds * 1000)
      const aborted = new Promise<never>((_, reject) => {
        controller.signal.addEventListener('abort', () =>
          reject(new WarehouseError('timeout', String(controller.signal.reason))),
        )
      })
      try {
        // The client's own end of an aborted request may come late, and says nothing of why.
        return await Promise.race([task(controller.signal), aborted])
      } finally {
        clearTimeout(timer)
        underWay.delete(controller)
      }
    },
    stopAll() {
      const stopped = `A call to ClickHouse (${where}) was stopped because this process closes it.`
      for (const controller of underWay) controller.abort(stopped)
    },
  }
}
