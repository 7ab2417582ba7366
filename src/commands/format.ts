// Narrow and unbreakable, so that a number stays one word on a wrapped line.
const THIN_SPACE = '\u202f'

/** 12345 → `12 345`. */
export function formatCount(count: number): string {
  const [whole = '', fraction] = String(count).split('.')
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, THIN_SPACE)
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

/** 0.5909 → `59.1 %`; `–` where there is nothing to divide by. */
export function formatShare(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return '–'
  return `${(share * 100).toFixed(1)}${THIN_SPACE}%`
}

const UNITS = [
  { name: 'd', seconds: 86_400 },
  { name: 'h', seconds: 3_600 },
  { name: 'min', seconds: 60 },
  { name: 's', seconds: 1 },
] as const

/** 183600 → `2 d 3 h`: the largest unit and the one below it; `–` for null. */
export function formatDuration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return '–'
  if (seconds < 10 && seconds !== Math.round(seconds)) return `${seconds.toFixed(1)} s`
  // Rounded to what is shown first, or 59.9 min would read `59 min 60 s`.
  const large = UNITS.findIndex((unit) => Math.round(seconds) >= unit.seconds)
  if (large === -1) return '0 s'
  const small = UNITS[large + 1]
  if (small === undefined) return `${Math.round(seconds)} s`
  const rounded = Math.round(seconds / small.seconds) * small.seconds
  const unit = UNITS.find((unit) => rounded >= unit.seconds)!
  const below = UNITS[UNITS.indexOf(unit) + 1]!
  const rest = Math.floor((rounded % unit.seconds) / below.seconds)
  const head = `${formatCount(Math.floor(rounded / unit.seconds))} ${unit.name}`
  return rest === 0 ? head : `${head} ${rest} ${below.name}`
}

/** `2019-10-01 02:17:26 Europe/Paris`. */
export function formatInstant(epochMs: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(epochMs)
  return `${parts} ${timeZone}`
}

/** 1536 → `1.5 KB`, in powers of 1024 as the limits are. */
export function formatBytes(bytes: number): string {
  const names = ['B', 'KB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < names.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${names[unit]}`
}

/**
 * Text that somebody outside chose, safe to print: control characters could move the cursor,
 * retitle the window or turn the line around, so they are shown by their code.
 */
export function printable(text: string): string {
  return text.replaceAll(
    // eslint-disable-next-line no-control-regex -- control characters are what it looks for
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
