import {
  MONEY_CHARACTERS_MAX,
  MONEY_FRACTION_DIGITS_MAX,
  MONEY_INTEGER_DIGITS_MAX,
} from '../touchpoint-limits.ts'
import { quoted, refuse, type Field } from './reading.ts'

/**
 * An amount as a decimal string, made from its digits and never by float arithmetic: a number is
 * read as its shortest text. Digits beyond the fourth after the point are rounded half up, because
 * a float's sum ends in them and Decimal(18,4) cannot hold them; more than twelve before the point
 * are refused. A comma before one or two digits is a decimal comma: thousands come in threes.
 */
export const money: Field<string> = (value, prefix, name, reading) => {
  const path = prefix + name
  const sent = typeof value === 'number' ? String(value) : value
  if (typeof sent === 'string' && sent.length <= MONEY_CHARACTERS_MAX) {
    if (PLAIN.test(sent)) return sent
    const match = AMOUNT.exec(sent.trim().replace(DECIMAL_COMMA, '$1.$2'))
    if (match !== null && (match[2] || match[3])) {
      const amount = rounded(match[2]!, match[3] ?? '', Number(match[4] ?? 0))
      if (amount === undefined) {
        const message = `"${name}" has more than ${MONEY_INTEGER_DIGITS_MAX} digits before the point.`
        return refuse(reading, 'money-too-large', path, message)
      }
      if (match[1] !== '-' || amount === '0') return amount
      const message = `"${name}" must not be negative; the action says which way money goes.`
      return refuse(reading, 'money-negative', path, message)
    }
  }
  const message = `${quoted(value)} is no amount; send digits with a decimal point, as "1234.50".`
  return refuse(reading, 'money-unreadable', path, message)
}

/** An ISO 4217 code in capitals. */
export const currency: Field<string> = (value, prefix, name, reading) => {
  const code = typeof value === 'string' ? value.trim().toUpperCase() : ''
  if (CURRENCY.test(code)) return code
  const message = `${quoted(value)} is no currency; send its ISO 4217 code, as "EUR".`
  return refuse(reading, 'currency-unreadable', prefix + name, message)
}

/** Whole and fraction digits with an exponent, as the digits of Decimal(18,4); undefined: too large. */
function rounded(whole: string, fraction: string, exponent: number): string | undefined {
  const digits = whole + fraction
  const point = whole.length + exponent
  const wholeDigits = digits.slice(0, Math.max(0, point)).padEnd(Math.max(0, point), '0')
  const fractionDigits = '0'.repeat(Math.max(0, -point)) + digits.slice(Math.max(0, point))
  const significant = wholeDigits.replace(/^0+/, '') || '0'
  if (significant.length > MONEY_INTEGER_DIGITS_MAX) return undefined
  if (fractionDigits.length <= MONEY_FRACTION_DIGITS_MAX) {
    return fractionDigits === '' ? significant : zeroless(`${significant}.${fractionDigits}`)
  }
  const kept = fractionDigits.slice(0, MONEY_FRACTION_DIGITS_MAX)
  const up = fractionDigits.charAt(MONEY_FRACTION_DIGITS_MAX) >= '5' ? 1n : 0n
  const scaled = (BigInt(significant + kept) + up)
    .toString()
    .padStart(MONEY_FRACTION_DIGITS_MAX + 1, '0')
  const cut = scaled.length - MONEY_FRACTION_DIGITS_MAX
  if (cut > MONEY_INTEGER_DIGITS_MAX) return undefined
  const tail = scaled.slice(cut).replace(/0+$/, '')
  return tail === '' ? scaled.slice(0, cut) : `${scaled.slice(0, cut)}.${tail}`
}

/** `0.00` is zero, and only zero may carry a minus sign. */
function zeroless(amount: string): string {
  return /^0\.0+$/.test(amount) ? '0' : amount
}

const PLAIN = new RegExp(
  `^(?:0|[1-9]\\d{0,${MONEY_INTEGER_DIGITS_MAX - 1}})(?:\\.\\d{1,${MONEY_FRACTION_DIGITS_MAX}})?$`,
)
const AMOUNT = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/
const DECIMAL_COMMA = /^([+-]?\d+),(\d{1,2})$/
const CURRENCY = /^[A-Z]{3}$/
