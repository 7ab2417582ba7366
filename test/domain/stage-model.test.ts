import { describe, expect, test } from 'vitest'
import { classic } from '../../src/domain/models/classic.ts'
import { ecommerce } from '../../src/domain/models/ecommerce.ts'
import { parseStageModel, problemsOf, type StageModelInput } from '../../src/domain/stage-model.ts'

const changed = (change: (model: StageModelInput) => void): StageModelInput => {
  const copy = structuredClone(ecommerce)
  change(copy)
  return copy
}
const messages = (input: unknown) =>
  problemsOf(input).map(({ path, message }) => `${path}: ${message}`)

describe('a stage model is checked', () => {
  test.each([ecommerce, classic])('the shipped model $name is sound', (model) => {
    expect(messages(model)).toEqual([])
  })

  test.each<[what: string, model: unknown, said: RegExp]>([
    [
      'an unknown stage',
      changed((m) => (m.rules[0]!.stage = 'fame')),
      /rules\.0 \(positive-voice\)\.stage: unknown stage "fame"; the model has awareness/,
    ],
    [
      'an unknown stage in a condition',
      changed((m) => (m.rules[0]!.journey = { entered: 'fame' })),
      /journey\.entered: unknown stage/,
    ],
    [
      'a missing label',
      { ...ecommerce, stages: [{ id: 'a', label: { en: 'A' } }, ecommerce.stages[1]] },
      /stages\.0\.label\.fr: /,
    ],
    [
      'an action its types do not have',
      changed((m) => (m.rules[2]!.when = [{ type: ['order'], action: ['posted'] }])),
      /can never match: no action "posted" of order/,
    ],
    [
      'a rule under one that takes everything',
      changed((m) =>
        m.rules.unshift({ id: 'all', when: [{}], stage: 'awareness', milestone: false }),
      ),
      /can never match: "all" above it/,
    ],
    [
      'an empty range',
      changed((m) => (m.rules[0]!.when = [{ rating: { min: 4, max: 2 } }])),
      /rating at least 4 and at most 2/,
    ],
    [
      'a rule for identify',
      changed((m) => (m.rules[0]!.when = [{ type: ['identify'] }])),
      /no steps of a journey/,
    ],
    [
      'no rule for the rest',
      changed((m) => m.rules.pop()),
      /the last rule must take any touchpoint/,
    ],
    ['two stages of one name', changed((m) => (m.stages[1]!.id = 'awareness')), /listed twice/],
    [
      'an optional last stage',
      changed((m) => (m.stages[5]!.optional = true)),
      /last stage must be required/,
    ],
    [
      'a milestone of the furthest stage',
      changed((m) => (m.rules[16]!.milestone = true)),
      /enters nothing/,
    ],
    ['one rule id twice', changed((m) => (m.rules[1]!.id = 'positive-voice')), /is used twice/],
    [
      'more than 12 stages',
      {
        ...ecommerce,
        stages: Array.from({ length: 13 }, (_, at) => ({
          id: `s${at}`,
          label: { en: 'S', fr: 'S' },
        })),
      },
      /stages: /,
    ],
  ])('%s is named', (_what, model, said) => {
    expect(messages(model).join('\n')).toMatch(said)
  })

  test('a wrong model is refused with all of its problems', () => {
    expect(() => parseStageModel({ ...ecommerce, quietDays: 0, name: 'A B' })).toThrow(
      /name[\s\S]*quietDays/,
    )
  })
})
