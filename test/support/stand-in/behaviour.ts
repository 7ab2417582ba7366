/** What a stand-in can be told to do wrong, each until it is told otherwise. */
export type Behaviour = {
  /** Answers every request so, as a proxy in front of nothing. */
  status?: { code: number; body: string }
  /** Waits before it answers. */
  delayMs?: number
  /** Closes the connection: instead of an answer, or in the middle of one. */
  cut?: 'before' | 'within'
  /** Answers 200 with half of the rows, then fails, in the forms that versions of ClickHouse have. */
  fails?: 'behind-rows' | 'tagged' | 'as-member'
  /** Applies to statements that match only. */
  only?: string
}
