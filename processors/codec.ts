import { Packr } from 'msgpackr'
import type { Copy } from '../src/domain/copies.ts'
import type { Journey, StageEntry } from '../src/domain/journey.ts'
import type { Kept } from '../src/domain/kept.ts'
import type { Key } from '../src/domain/keys.ts'
import type { Order } from '../src/domain/orders.ts'

/**
 * State as compact binary: MessagePack arrays, the first element the version of the form.
 * Fields stand at fixed places, so that no names are written; a new field goes to the end.
 */
export const STATE_VERSION = 2

// Records and shared structures would tie a value to what was packed before it.
const packr = new Packr({ useRecords: false, encodeUndefinedAsNil: true, mapsAsObjects: true })

/** A record of our own that cannot be read: skipping it would be silent, so its partition stops. */
export class UnreadableRecordError extends Error {
  override readonly name = 'UnreadableRecordError'
}

export function pack(fields: readonly unknown[]): Uint8Array {
  return packr.pack([STATE_VERSION, ...fields])
}

/** @throws UnreadableRecordError naming what was read and the command that mends it */
export function unpack(bytes: Uint8Array, what: string): unknown[] {
  let fields: unknown
  try {
    fields = packr.unpack(bytes)
  } catch (cause) {
    throw new UnreadableRecordError(unreadable(what, 'it is no MessagePack'), { cause })
  }
  if (!Array.isArray(fields)) throw new UnreadableRecordError(unreadable(what, 'it is no array'))
  if (fields[0] !== STATE_VERSION) {
    const reason = `it has version ${String(fields[0])}, this program reads ${STATE_VERSION}`
    throw new UnreadableRecordError(unreadable(what, reason))
  }
  return fields.slice(1)
}

/** What cannot be read, why, and the command that mends it. */
export function unreadable(what: string, reason: string): string {
  return (
    `${what} cannot be read: ${reason}. Nothing was skipped. \`parcours rebuild --deep\` mends it: ` +
    'it works everything out again from the touchpoints. Where those cannot be read either, restore a backup.'
  )
}

export function keptFields(kept: Kept): unknown[] {
  return [
    kept.id,
    kept.type,
    kept.action,
    kept.occurredAt,
    kept.receivedAt,
    kept.named,
    kept.digest,
    kept.channel,
    kept.source,
    kept.medium,
    kept.campaign,
    kept.path,
    kept.pageKind,
    kept.orderId,
    kept.orderValue,
    kept.currency,
    kept.device,
    kept.country,
    kept.rating,
    kept.score,
    kept.segment,
    kept.experiments === undefined ? undefined : Object.entries(kept.experiments),
  ]
}

export function keptOfFields(f: readonly unknown[]): Kept {
  const kept = {
    id: f[0],
    type: f[1],
    action: f[2],
    occurredAt: f[3],
    receivedAt: f[4],
    named: f[5],
    digest: f[6],
    channel: f[7],
  } as Kept
  if (f[8] != null) kept.source = f[8] as string
  if (f[9] != null) kept.medium = f[9] as string
  if (f[10] != null) kept.campaign = f[10] as string
  if (f[11] != null) kept.path = f[11] as string
  if (f[12] != null) kept.pageKind = f[12] as NonNullable<Kept['pageKind']>
  if (f[13] != null) kept.orderId = f[13] as string
  if (f[14] != null) kept.orderValue = f[14] as string
  if (f[15] != null) kept.currency = f[15] as string
  if (f[16] != null) kept.device = f[16] as NonNullable<Kept['device']>
  if (f[17] != null) kept.country = f[17] as string
  if (f[18] != null) kept.rating = f[18] as number
  if (f[19] != null) kept.score = f[19] as number
  if (f[20] != null) kept.segment = f[20] as string
  // Entries, so that a test called __proto__ stays a name among names.
  if (f[21] != null) kept.experiments = Object.fromEntries(f[21] as [string, string][])
  return kept
}

export function packCopies(copies: readonly Copy[]): Uint8Array {
  return pack(copies.flatMap(({ key, kept }) => [key, keptFields(kept)]))
}

export function unpackCopies(bytes: Uint8Array): Copy[] {
  const fields = unpack(bytes, "A touchpoint in a person's state")
  const copies: Copy[] = []
  for (let at = 0; at < fields.length; at += 2) {
    copies.push({ key: fields[at] as Key, kept: keptOfFields(fields[at + 1] as unknown[]) })
  }
  return copies
}

export function packJourney(journey: Journey): Uint8Array {
  const { attributes: a } = journey
  return pack([
    journey.startMs,
    [
      a.channel,
      a.device,
      a.source,
      a.medium,
      a.campaign,
      a.country,
      a.landing,
      a.segment,
      a.experiments === undefined ? undefined : Object.entries(a.experiments),
    ],
    journey.returning,
    journey.entries.map((e) => [
      e.stage,
      e.atMs,
      e.implied,
      e.previousStage,
      e.sincePreviousMs,
      e.orderId,
      packMoney(e.value),
    ]),
    journey.furthest,
    journey.ownStage,
    journey.ownStageMs,
    journey.counts,
    journey.placedOrders,
    journey.lastActivityMs,
    journey.lastMovedMs,
    journey.lastStepMs,
    journey.lastType,
    journey.steps,
    journey.stepsOmitted,
    journey.frictions,
    journey.orders,
    packMoney(journey.value),
    journey.unconverted,
  ])
}

export function unpackJourney(bytes: Uint8Array): Journey {
  const f = unpack(bytes, "A journey in a person's state")
  const a = f[1] as unknown[]
  const attributes = { channel: a[0] } as Journey['attributes']
  if (a[1] != null) attributes.device = a[1] as NonNullable<typeof attributes.device>
  if (a[2] != null) attributes.source = a[2] as string
  if (a[3] != null) attributes.medium = a[3] as string
  if (a[4] != null) attributes.campaign = a[4] as string
  if (a[5] != null) attributes.country = a[5] as string
  if (a[6] != null) attributes.landing = a[6] as string
  if (a[7] != null) attributes.segment = a[7] as string
  if (a[8] != null) attributes.experiments = Object.fromEntries(a[8] as [string, string][])
  return {
    startMs: f[0],
    attributes,
    returning: f[2],
    entries: (f[3] as unknown[][]).map(unpackEntry),
    furthest: f[4],
    ownStage: f[5],
    ownStageMs: f[6],
    counts: f[7],
    placedOrders: f[8],
    lastActivityMs: f[9],
    lastMovedMs: f[10],
    lastStepMs: f[11],
    lastType: f[12],
    steps: f[13],
    stepsOmitted: f[14],
    frictions: f[15],
    orders: f[16],
    value: unpackMoney(f[17]),
    unconverted: f[18],
  } as Journey
}

function unpackEntry(e: unknown[]): StageEntry {
  return {
    stage: e[0] as number,
    atMs: e[1] as number,
    implied: e[2] as boolean,
    previousStage: e[3] as number,
    sincePreviousMs: e[4] as number,
    ...(e[5] != null && { orderId: e[5] as string }),
    value: unpackMoney(e[6]),
  }
}

export function packOrder(order: Order): Uint8Array {
  return pack([
    order.ownerStartMs,
    order.lastPlacedStartMs,
    typeof order.stated === 'bigint' ? [packMoney(order.stated)] : order.stated,
    order.cancelled,
    packMoney(order.refunded),
    order.refundedWhole,
    order.refundUnconverted,
  ])
}

export function unpackOrder(bytes: Uint8Array): Order {
  const f = unpack(bytes, "An order in a person's state")
  return {
    ownerStartMs: (f[0] ?? undefined) as number | undefined,
    lastPlacedStartMs: (f[1] ?? undefined) as number | undefined,
    stated: Array.isArray(f[2]) ? unpackMoney(f[2][0]) : (f[2] as 'none' | 'unconverted'),
    cancelled: f[3] as boolean,
    refunded: unpackMoney(f[4]),
    refundedWhole: f[5] as boolean,
    refundUnconverted: f[6] as boolean,
  }
}

/** Money that a number holds exactly is a number, which MessagePack writes in few bytes. */
function packMoney(value: bigint): number | string {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value.toString()
}

function unpackMoney(value: unknown): bigint {
  return BigInt(value as number | string)
}
