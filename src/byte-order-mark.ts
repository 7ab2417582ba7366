/** Editors on Windows put U+FEFF before the text of a file; it is no part of it, and nobody sees it. */
export function withoutByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}
