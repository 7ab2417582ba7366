import * as fc from 'fast-check'

/** What ends a literal, a name, a comment or a line somewhere. */
export const HOSTILE_TEXTS = [
  "'",
  "''",
  '\\',
  "\\'",
  "\\\\'",
  '`',
  '"',
  '\0',
  '\n',
  '\r\n',
  '\n\n; DROP TABLE names; --',
  '/*',
  '*/',
  '--',
  '# ',
  '$tag$',
  '{x:String}',
  '{{filters}}',
  '}',
  '{',
  '\u2028',
  '\ufeff',
  '\u{1f600}',
  '\ud800',
  '\udc00',
  "'; SELECT 1; '",
  '\x1a\x7f',
  '%s',
  '\\x41\\u0041\\N',
  '\\N',
  '\\n\\t',
  '',
]

export const hostileText = fc.oneof(
  fc.array(fc.constantFrom(...HOSTILE_TEXTS), { maxLength: 5 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
    .map((units) => String.fromCharCode(...units)),
)
