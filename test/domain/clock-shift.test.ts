import { expect, it } from 'vitest'
import { CLOCK_SKEW_MS_MAX, clockShiftMs } from '../../src/domain/clock-shift.ts'

const receivedAtMs = Date.UTC(2026, 2, 29)

it('a clock within five minutes is left alone, in either direction', () => {
  for (const skewMs of [0, CLOCK_SKEW_MS_MAX, -CLOCK_SKEW_MS_MAX]) {
    expect(clockShiftMs({ sentAtMs: receivedAtMs + skewMs, receivedAtMs })).toBe(0)
  }
})

it('a clock off by more than five minutes is put right by what it is off', () => {
  for (const skewMs of [CLOCK_SKEW_MS_MAX + 1, -CLOCK_SKEW_MS_MAX - 1, -56 * 365 * 86_400_000]) {
    expect(clockShiftMs({ sentAtMs: receivedAtMs + skewMs, receivedAtMs })).toBe(-skewMs)
  }
})

it('a batch that does not say when it was sent is not shifted', () => {
  expect(clockShiftMs({ sentAtMs: undefined, receivedAtMs })).toBe(0)
})
