import { ACTION_CHARACTERS_MAX } from '../touchpoint-limits.ts'
import { ACTIONS, TOUCHPOINT_TYPES, type TouchpointType } from '../vocabulary.ts'
import { identifier, oneOf } from './fields.ts'
import { isAbsent, refuse, type Field, type Reading } from './reading.ts'

/** The type, one of the closed table; the first thing that a touchpoint must say. */
export function readType(value: unknown, reading: Reading): TouchpointType | undefined {
  if (isAbsent(value)) {
    const message = `"type" is missing. It is one of ${TOUCHPOINT_TYPES.join(', ')}.`
    return refuse(reading, 'missing-type', 'type', message)
  }
  return type(value, '', 'type', reading)
}

/** The action of a type: one of its own, its first where none is given; of `custom` any name. */
export function readAction(
  value: unknown,
  type: TouchpointType,
  reading: Reading,
): string | undefined {
  if (!isAbsent(value)) return actions[type](value, '', 'action', reading)
  const first: string | undefined = ACTIONS[type][0]
  if (first !== undefined) return first
  return refuse(reading, 'missing-action', 'action', '"custom" needs an "action": any name.')
}

const type = oneOf(TOUCHPOINT_TYPES, 'unknown-type')

const actions = Object.fromEntries(
  TOUCHPOINT_TYPES.map((type): [TouchpointType, Field<string>] => [
    type,
    type === 'custom'
      ? identifier(ACTION_CHARACTERS_MAX)
      : oneOf(ACTIONS[type] as readonly string[], 'unknown-action'),
  ]),
) as Record<TouchpointType, Field<string>>
