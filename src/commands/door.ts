import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

// Together with what a stop leaves the steps to catch up, well below the 10 s that it may take:
// nothing was promised to a sender that is still sending.
const SLOW_MS_MAX = 1_500
// What was received whole gets its answer, unless the log takes longer than a stop may.
const ANSWER_MS_MAX = 2_500

/** How a server's guests leave. */
export type Door = {
  readonly isLeaving: boolean
  /** From now on every answer says that it is the last on its connection; all are still answered. */
  leave(): void
  /** Lets nobody in any more, answers what it has, and hangs up on who is slow or silent. */
  close(): Promise<void>
}

/** Before any route is registered: it looks at every request. */
export function openDoor(app: FastifyInstance): Door {
  let isLeaving = false
  const sockets = new Set<Socket>()
  const unanswered = new Set<IncomingMessage>()
  app.server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  app.addHook('onRequest', async ({ raw }, reply) => {
    // Whoever keeps a connection would otherwise send on it at the moment when it is closed.
    if (isLeaving) reply.header('connection', 'close')
    unanswered.add(raw)
    reply.raw.once('close', () => unanswered.delete(raw))
  })
  const hangUp = (): void => {
    const received = new Set([...unanswered].filter((raw) => raw.complete).map((raw) => raw.socket))
    for (const socket of sockets) if (!received.has(socket)) socket.destroy()
  }
  return {
    get isLeaving() {
      return isLeaving
    },
    leave() {
      isLeaving = true
    },
    async close() {
      isLeaving = true
      const timers = [
        setTimeout(hangUp, SLOW_MS_MAX),
        setTimeout(() => app.server.closeAllConnections(), ANSWER_MS_MAX),
      ]
      try {
        await app.close()
      } finally {
        for (const timer of timers) clearTimeout(timer)
      }
    },
  }
}
