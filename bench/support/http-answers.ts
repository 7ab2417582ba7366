const HEAD_END = Buffer.from('\r\n\r\n')

export type HttpAnswer = { status: number; body: string }

/**
 * Reads answers from one connection, piece by piece as they arrive. Only what our own servers send:
 * a status line and a body of known length.
 * @throws Error where it is anything else
 */
export function answerReader(): (piece: Buffer) => HttpAnswer | undefined {
  let held: Buffer | undefined
  return (piece) => {
    const bytes = held === undefined ? piece : Buffer.concat([held, piece])
    const headEnd = bytes.indexOf(HEAD_END)
    if (headEnd < 0) {
      held = bytes
      return undefined
    }
    const head = bytes.toString('latin1', 0, headEnd)
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
    if (length === undefined) throw new Error(`An answer has no length:\n${head}`)
    const bodyEnd = headEnd + HEAD_END.length + Number(length)
    if (bytes.length < bodyEnd) {
      held = bytes
      return undefined
    }
    // Nobody sends the next request before this answer: nothing can follow it.
    if (bytes.length > bodyEnd) throw new Error('More came back than was asked for.')
    held = undefined
    // `HTTP/1.1 202 Accepted`
    const status = Number(head.slice(9, 12))
    return { status, body: bytes.toString('utf8', headEnd + HEAD_END.length, bodyEnd) }
  }
}
