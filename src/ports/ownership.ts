import type { LaneRef } from './processing.ts'

/**
 * Which lanes this process works on. A lane may be gained while its past owner still believes in
 * it; the processing transaction shuts that one out.
 */
export type Ownership = {
  /**
   * @param listener `gained` when a lane is ours to take over; `lost` when it is somebody else's:
   * it resolves when the lane's last transaction here has ended. Neither rejects.
   */
  start(listener: {
    gained(lane: LaneRef): void
    lost(lane: LaneRef): Promise<void>
  }): Promise<void>
  /**
   * Whether a lane that was gained is still ours, asked of whoever decides: a process that slept
   * does not know what happened meanwhile.
   */
  holds(lane: LaneRef): Promise<boolean>
  /** Gives back what is held, each lane after its `lost`. */
  stop(): Promise<void>
}
