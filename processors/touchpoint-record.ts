import type { Touchpoint } from '../src/domain/touchpoint.ts'
import { ACTIONS, CHANNELS } from '../src/domain/vocabulary.ts'

/** A record of the topic `touchpoints` that is no touchpoint, as a dead letter shows it. */
export type DeadTouchpoint = { code: 'unreadable'; path: string; message: string; body: string }

type Read =
  | { kind: 'touchpoint'; touchpoint: Touchpoint }
  | { kind: 'unreadable'; letter: DeadTouchpoint }

// Enough to recognise what was sent; the whole of it may be anything.
const BODY_CHARACTERS_MAX = 4096

const decoder = new TextDecoder()
const encoder = new TextEncoder()

/**
 * Our collectors write only touchpoints, but the topic is public and others may write to it:
 * what they get wrong is a sender's mistake, not a reason to stop.
 */
export function readTouchpoint(value: Uint8Array): Read {
  const text = decoder.decode(value)
  let touchpoint: Partial<Touchpoint> | null
  try {
    touchpoint = JSON.parse(text) as Partial<Touchpoint> | null
  } catch {
    return unreadable(text, '', 'the record is no JSON')
  }
  const { id, type, action, occurredAt, receivedAt, anonymousId, customerId, channel, site } =
    touchpoint ?? {}
  const wrong =
    (typeof site !== 'string' && 'site') ||
    (typeof id !== 'string' && 'id') ||
    ((type === undefined || !Object.hasOwn(ACTIONS, type)) && 'type') ||
    (typeof action !== 'string' && 'action') ||
    (!isInstant(occurredAt) && 'occurredAt') ||
    (!isInstant(receivedAt) && 'receivedAt') ||
    ((channel === undefined || !CHANNELS.includes(channel)) && 'channel') ||
    (typeof anonymousId !== 'string' && typeof customerId !== 'string' && 'anonymousId')
  if (wrong !== false) return unreadable(text, wrong, `the record has no sound ${wrong}`)
  return { kind: 'touchpoint', touchpoint: touchpoint as Touchpoint }
}

export function encodeDeadTouchpoint(letter: DeadTouchpoint): Uint8Array {
  return encoder.encode(JSON.stringify(letter))
}

function unreadable(text: string, path: string, message: string): Read {
  const body = text.slice(0, BODY_CHARACTERS_MAX)
  return { kind: 'unreadable', letter: { code: 'unreadable', path, message, body } }
}

function isInstant(value: unknown): boolean {
  return Number.isSafeInteger(value) && !Number.isNaN(new Date(value as number).getTime())
}
