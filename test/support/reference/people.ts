/**
 * Section 5, read aloud: who each touchpoint belongs to. Everything is recomputed from the whole
 * set, and every question is a filter over all of it.
 */
import type { Bounds } from '../../../src/domain/bounds.ts'
import { contentDigest } from '../../../src/domain/digest.ts'
import { keyOf, type Key } from '../../../src/domain/keys.ts'
import type { Touchpoint } from '../../../src/domain/touchpoint.ts'

/** One touchpoint that counts, and the key that it came through. */
export type Counted = { key: Key; touchpoint: Touchpoint }

export type Person = {
  person: Key
  /** ascending by (occurredAt, id); identify and unlink included */
  counted: Counted[]
}

/** Everyone whose touchpoints are in the figures, in byte order of the keys. */
export function peopleOf(accepted: readonly Touchpoint[], bounds: Bounds): Person[] {
  const marks = marksOf(accepted, bounds)
  const all = countedByKey(accepted)
  const owned = all
    .filter(({ touchpoint }) => !isOfMachineDevice(touchpoint, marks))
    .map(({ key, touchpoint }) => ({ key, touchpoint, person: personOf(touchpoint, all, marks) }))
    .filter(({ person }) => !marks.machineCustomers.has(person))
  return distinct(owned.map(({ person }) => person))
    .sort(byBytes)
    .map((person) => ({ person, counted: once(owned.filter((one) => one.person === person)) }))
}

/** Within one key an id is one touchpoint: the first of its copies. In order of (key, id). */
export function countedByKey(accepted: readonly Touchpoint[]): Counted[] {
  const all = accepted.map((touchpoint) => ({ key: keyOf(touchpoint), touchpoint }))
  return distinct(all.map(keyAndId))
    .sort(byBytes)
    .map((name) => all.filter((one) => keyAndId(one) === name).sort(byCopyOrder)[0]!)
}

/** The copies that reached one person through several keys count once, by the same rule. */
function once(ofPerson: readonly Counted[]): Counted[] {
  return distinct(ofPerson.map(({ touchpoint }) => touchpoint.id))
    .map((id) => ofPerson.filter(({ touchpoint }) => touchpoint.id === id).sort(byCopyThenKey)[0]!)
    .map(({ key, touchpoint }) => ({ key, touchpoint }))
    .sort((one, other) => byInstantThenId(one.touchpoint, other.touchpoint))
}

type Marks = {
  machineDevices: Set<string>
  /** as persons' keys */
  machineCustomers: Set<string>
  sharedDevices: Set<string>
}

/** All copies ever received are asked, whichever counts in the end, but `unlink`. */
function marksOf(accepted: readonly Touchpoint[], bounds: Bounds): Marks {
  const copies = accepted.filter(({ type }) => type !== 'unlink')
  const anonymous = copies.filter(({ customerId }) => customerId === undefined)
  const tooMany = (ofOne: readonly Touchpoint[]) =>
    distinct(ofOne.map(utcMonth)).some((month) => {
      const inMonth = ofOne.filter((touchpoint) => utcMonth(touchpoint) === month)
      const ids = inMonth.map((touchpoint) => keyAndId({ key: keyOf(touchpoint), touchpoint }))
      return distinct(ids).length > bounds.machineTouchpointsPerMonthMax
    })
  const devices = distinct(present(copies.map(({ anonymousId }) => anonymousId)))
  const customers = distinct(present(copies.map(({ customerId }) => customerId)))
  const withDevice = (device: string) => copies.filter((one) => one.anonymousId === device)
  const naming = (customer: string) => copies.filter((one) => one.customerId === customer)
  return {
    machineDevices: new Set(
      devices.filter((device) => tooMany(anonymous.filter((one) => one.anonymousId === device))),
    ),
    machineCustomers: new Set(
      customers
        .filter(
          (customer) =>
            tooMany(naming(customer)) ||
            distinct(present(naming(customer).map(({ anonymousId }) => anonymousId))).length >
              bounds.customerDevicesMax,
        )
        .map((customer) => `c:${customer}`),
    ),
    sharedDevices: new Set(
      devices.filter(
        (device) =>
          distinct(present(withDevice(device).map(({ customerId }) => customerId))).length >
          bounds.deviceCustomersMax,
      ),
    ),
  }
}

function isOfMachineDevice({ anonymousId, customerId }: Touchpoint, marks: Marks): boolean {
  return (
    customerId === undefined && anonymousId !== undefined && marks.machineDevices.has(anonymousId)
  )
}

function personOf(touchpoint: Touchpoint, all: readonly Counted[], marks: Marks): Key {
  const { anonymousId: device, customerId, occurredAt } = touchpoint
  if (customerId !== undefined) return `c:${customerId}`
  if (marks.sharedDevices.has(device!)) return `d:${device!}`
  const links = all
    .map((counted) => counted.touchpoint)
    .filter((one) => one.anonymousId === device && one.customerId !== undefined)
    .filter(({ type }) => type !== 'unlink')
    .filter((link) => !isWithdrawn(link, all))
    .sort(byInstantThenId)
  const before = links.filter((link) => link.occurredAt <= occurredAt)
  const link = before.at(-1) ?? links[0]
  return link === undefined ? `d:${device!}` : `c:${link.customerId!}`
}

function isWithdrawn(link: Touchpoint, all: readonly Counted[]): boolean {
  return all.some(
    ({ touchpoint: one }) =>
      one.type === 'unlink' &&
      one.anonymousId === link.anonymousId &&
      one.customerId === link.customerId &&
      one.occurredAt >= link.occurredAt,
  )
}

/** One that names a customer goes before one that does not, then (`receivedAt`, content bytes). */
function byCopyOrder({ touchpoint: one }: Counted, { touchpoint: other }: Counted): number {
  const named = (touchpoint: Touchpoint) => (touchpoint.customerId === undefined ? 1 : 0)
  return (
    named(one) - named(other) ||
    one.receivedAt - other.receivedAt ||
    byBytes(contentDigest(one), contentDigest(other))
  )
}

function byCopyThenKey(one: Counted, other: Counted): number {
  return byCopyOrder(one, other) || byBytes(one.key, other.key)
}

export function byInstantThenId(one: Touchpoint, other: Touchpoint): number {
  return one.occurredAt - other.occurredAt || byBytes(one.id, other.id)
}

export function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one, 'utf8'), Buffer.from(other, 'utf8'))
}

function keyAndId({ key, touchpoint }: Counted): string {
  return `${key}\u0000${touchpoint.id}`
}

function utcMonth({ occurredAt }: Touchpoint): string {
  return new Date(occurredAt).toISOString().slice(0, 7)
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)]
}

function present<T>(values: readonly (T | undefined)[]): T[] {
  return values.filter((value) => value !== undefined)
}
