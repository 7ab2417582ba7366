import { describe, expect, test } from 'vitest'
import { owning } from '../../processors/owning.ts'
import { LogError } from '../../src/ports/event-log.ts'

const FENCED = new LogError('fenced', 'Another process has taken over.')

describe('a lane that may be taken from us', () => {
  test('is taken over before its first turn, once', async () => {
    const said: string[] = []
    const turn = owning({
      take: async () => {
        said.push('take')
        return async () => {
          said.push('turn')
          return false
        }
      },
      holds: async () => true,
      onLost: () => said.push('lost'),
    })
    expect([await turn(), await turn(), await turn()]).toEqual([true, false, false])
    expect(said).toEqual(['take', 'turn', 'turn'])
  })

  test('is begun anew after somebody took it, if it is still ours', async () => {
    const said: string[] = []
    let isOurs = false
    let takes = 0
    const turn = owning({
      take: async () => {
        const number = ++takes
        return async () => {
          said.push(`turn of ${number}`)
          if (number === 1) throw FENCED
          return true
        }
      },
      holds: async () => isOurs,
      onLost: () => said.push('lost'),
    })
    await turn()
    await expect(turn()).rejects.toBe(FENCED)
    expect(await turn()).toBe(false)
    expect(takes).toBe(1)
    isOurs = true
    await turn()
    expect(await turn()).toBe(true)
    expect(said).toEqual(['turn of 1', 'lost', 'turn of 2'])
  })

  test('is ours all along where a turn fails of something else', async () => {
    let takes = 0
    const turn = owning({
      take: async () => {
        takes++
        return async () => {
          throw new LogError('unavailable', 'No broker answers.')
        }
      },
      holds: async () => true,
      onLost: () => undefined,
    })
    await turn()
    for (let tries = 0; tries < 3; tries++) await expect(turn()).rejects.toThrow('No broker')
    expect(takes).toBe(1)
  })
})
