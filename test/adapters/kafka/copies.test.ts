import { describe, expect, it } from 'vitest'
import { inStepFindings } from '../../../src/adapters/kafka/diagnose-copies.ts'

describe('copies that must be in step', () => {
  it.each([
    { copies: 1, inStep: 1 },
    { copies: 2, inStep: 1 },
    { copies: 3, inStep: 2 },
    { copies: 5, inStep: 3 },
    { copies: undefined, inStep: 1 },
    { copies: 3, inStep: Number.NaN },
  ])('are as meant, or not known: $inStep of $copies', ({ copies, inStep }) => {
    expect(inStepFindings([{ topic: 'rows', copies, inStep }])).toEqual([])
  })

  it.each([
    { copies: 1, inStep: 2, status: 'fail', says: 'nothing can be written to it.', set: 1 },
    { copies: 3, inStep: 1, status: 'warn', says: 'be lost with it.', set: 2 },
    { copies: 2, inStep: 2, status: 'warn', says: 'while one broker is away.', set: 1 },
    { copies: 3, inStep: 3, status: 'warn', says: 'while one broker is away.', set: 2 },
  ])('are told: $inStep of $copies', ({ copies, inStep, status, says, set }) => {
    expect(inStepFindings([{ topic: 'rows', copies, inStep }])).toMatchObject([
      {
        status,
        message: expect.stringContaining(says),
        remedy: expect.stringContaining(
          `--entity-name rows --add-config min.insync.replicas=${set}`,
        ),
      },
    ])
  })
})
