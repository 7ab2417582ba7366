import type { Bounds } from '../src/domain/bounds.ts'
import type { RowContext } from '../src/domain/row-context.ts'
import type { Topic } from '../src/ports/event-log.ts'
import type { Commit, StateReader } from '../src/ports/processing.ts'

/** What one processing transaction writes beside its positions. */
export type StepOutcome = Pick<Commit, 'outputs' | 'state'>

/** What a step knows of the world when it takes a batch. */
export type StepSettings = {
  site: string
  /** One for each generation that is written now: the one readers see, and one being built. */
  contexts: readonly RowContext[]
  bounds: Bounds
  /** Which of their states the derived steps use: the number of the deep rebuild that began it, else 0. */
  epoch: number
  /**
   * Number of the generation of a deep rebuild under way: the attribute step tells the journey step
   * of everything anew, a key at a time as the sweep comes to it.
   */
  deepGeneration?: number | undefined
}

/**
 * A named step of the topology: a function from records and committed state to outputs and new state.
 * It has no clock and does no I/O, so a test can run it, and lose its outcome, at will. It yields
 * wherever it may give way to others; the state of its partition must not change meanwhile.
 */
export type Step = {
  name: string
  input: Topic
  outputs: readonly Topic[]
  /** Its state follows from its input alone: a deep rebuild begins it anew. */
  isDerived: boolean
  /** @param values of one partition, in order */
  process(
    values: readonly Uint8Array[],
    state: StateReader,
    settings: StepSettings,
  ): Generator<void, StepOutcome>
  /** Whether it has been told all that a deep rebuild is to write; a step without it is never told. */
  isTold?(state: StateReader, deepGeneration: number): boolean
  /**
   * Writes anew, for generations that lack them, the rows of what comes after `cursor` in state.
   * @returns `cursor` undefined when the end was reached
   */
  sweep(
    request: { cursor: string | undefined; budget: number },
    state: StateReader,
    settings: StepSettings,
  ): StepOutcome & { cursor: string | undefined; swept: number }
}
