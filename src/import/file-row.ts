import type { RawRow } from './columns.ts'

// Thirty times what a touchpoint may have: a larger row is an unclosed quote or another kind of file.
export const ROW_CHARACTERS_MAX = 1024 * 1024

/** One row of a file, numbered from 1 in reading order, whatever becomes of it. */
export type FileRow =
  | { kind: 'row'; position: number; row: RawRow }
  | {
      kind: 'malformed'
      position: number
      code: 'row-malformed' | 'row-too-large'
      message: string
    }
