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

  test('each problem has its path in the model and a rule its name', () => {
    expect(messages(changed((m) => (m.rules[0]!.stage = 'fame')))).toEqual([
      'rules[0].stage (rule "positive-voice"): must be a stage of the model, which are awareness, ' +
        'consideration, purchase, delivery, support, loyalty, not "fame"',
    ])
  })

  test('a wrong model is refused with all of its problems', () => {
    expect(() => parseStageModel({ ...ecommerce, quietDays: 0, name: 'A B' })).toThrow(
      /name[\s\S]*quietDays/,
    )
  })
})
