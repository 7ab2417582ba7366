/** Editors on Windows put U+FEFF before a text; it is no part of it, and nobody sees it. */
export function withoutByteOrderMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}
