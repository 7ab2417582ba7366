/** One thing that was looked at, and what to do where something is to be done. */
export type Finding = {
  name: string
  status: 'ok' | 'warn' | 'fail'
  message: string
  remedy?: string
}
