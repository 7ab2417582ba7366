import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { onCluster } from '../ports/deployment.ts'
import { type Warehouse, WarehouseError } from '../ports/warehouse.ts'

export type TableLock = {
  /**
   * To be called between two pieces of work, each shorter than STALE_SECONDS.
   * @throws Error where somebody else has taken it for left behind
   */
  renew(): Promise<void>
  release(): Promise<void>
}

export type LockRequest = {
  /** of the table that is the lock; letters and underscores */
  name: string
  /** what its holder does, for the sentence that says why another one waits: `migrating` */
  doing: string
  /** How long to wait for whoever holds it; default 30. */
  waitSeconds?: number
}

// Many times what a holder does between two renewals, so that only a dead one is ever this old.
const STALE_SECONDS = 15 * 60
const WAIT_SECONDS = 30
const POLL_MS = 500

/**
 * A lock between processes on any machines. ClickHouse has no transactions; what it does atomically
 * is to create a table, on a cluster by the queue of ON CLUSTER, which all nodes work off in one
 * order: who creates the table holds the lock, its comment says who, its age is the server's to tell.
 * @throws Error where another process holds it for longer than `waitSeconds`
 */
export async function takeTableLock(
  warehouse: Warehouse,
  { name, doing, waitSeconds = WAIT_SECONDS }: LockRequest,
): Promise<TableLock> {
  const on = onCluster(warehouse.deployment)
  const holder = plain(`${hostname()}, process ${process.pid}, ${randomUUID()}`)
  const comment = `'${holder}'`
  // Nobody else has the directory: a lock that is found there is what a crash left.
  if (warehouse.deployment.kind === 'embedded') await drop()
  for (let waitedMs = 0; !(await create()); waitedMs += POLL_MS) {
    const held = await found()
    // An answer that was lost: it is ours.
    if (held?.holder === holder) break
    if (held !== undefined && held.ageSeconds > STALE_SECONDS) await drop()
    else if (waitedMs >= waitSeconds * 1000) throw heldBy(held, { name, doing, on })
    else await sleep(POLL_MS)
  }
  return {
    async renew() {
      if ((await found())?.holder !== holder) {
        throw new Error(
          `The lock ${name} is no longer held by this process: it stood still for so long that another one went on. Run it again.`,
        )
      }
      await warehouse.command(`ALTER TABLE ${name} ${on} MODIFY COMMENT ${comment}`)
    },
    async release() {
      if ((await found())?.holder === holder) await drop()
    },
  }

  async function create(): Promise<boolean> {
    try {
      await warehouse.command(
        `CREATE TABLE ${name} ${on} (nothing UInt8) ENGINE = Memory COMMENT ${comment}`,
      )
      return true
    } catch (error) {
      // Refused because it is there, or for a reason that is nobody's lock.
      const isThere = error instanceof WarehouseError && (await found()) !== undefined
      if (!isThere && !isAlreadyExists(error)) throw error
      return false
    }
  }

  async function drop(): Promise<void> {
    await warehouse.command(`DROP TABLE IF EXISTS ${name} ${on} SYNC`)
  }

  async function found(): Promise<Found | undefined> {
    const { rows } = await warehouse.query<{ comment: string; age: number }>(
      // Where a database keeps no time of its tables, no lock is ever old.
      `SELECT comment,
         if(toUnixTimestamp(metadata_modification_time) = 0, 0,
           toInt32(dateDiff('second', metadata_modification_time, now()))) AS age
       FROM system.tables WHERE database = currentDatabase() AND name = {name:String}`,
      { name },
    )
    return rows[0] && { holder: rows[0].comment, ageSeconds: rows[0].age }
  }
}

type Found = { holder: string; ageSeconds: number }

/** Gone again between being refused and being looked at. */
function isAlreadyExists(error: unknown): boolean {
  return error instanceof WarehouseError && /already exists/i.test(error.message)
}

/** A statement takes no parameters there, and a host may be called anything. */
function plain(text: string): string {
  return text.replaceAll(/[^\w., -]/g, '_')
}

function heldBy(
  { holder, ageSeconds }: Found = { holder: 'unknown', ageSeconds: 0 },
  { name, doing, on }: { name: string; doing: string; on: string },
): Error {
  const drop = `DROP TABLE ${name} ${on}`.trimEnd()
  return new Error(
    `Another process is ${doing} (${holder.replace(/, [0-9a-f-]{36}$/, '')}; last heard of ${ageSeconds} s ` +
      `ago). Wait for it; if none is at work, a crash left its lock: it is broken after ` +
      `${STALE_SECONDS / 60} minutes, or at once by ${drop}.`,
  )
}
