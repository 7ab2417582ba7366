import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../support/data-directory.ts'
import { runCli } from './run-cli.ts'

describe('a file of certificates', () => {
  const kafka = {
    PARCOURS_LOG: 'kafka',
    PARCOURS_KAFKA_BROKERS: '127.0.0.1:1',
    PARCOURS_KAFKA_TLS: 'on',
  }

  it('that is not there is a line of doctor, which names the setting', async () => {
    const PARCOURS_DATA = await temporaryDirectory()
    const env = { ...kafka, PARCOURS_DATA, PARCOURS_KAFKA_TLS_CA: '/nowhere/ca.pem' }
    const { code, stdout } = await runCli(['doctor', '--json'], { env })
    expect(code).toBe(1)
    const { checks } = JSON.parse(stdout) as { checks: { status: string; message: string }[] }
    expect(checks.filter(({ status }) => status === 'fail')).toMatchObject([
      { message: expect.stringContaining('PARCOURS_KAFKA_TLS_CA names /nowhere/ca.pem') },
    ])
  })

  it('that holds none ends a start, rather than every certificate being distrusted', async () => {
    const PARCOURS_DATA = await temporaryDirectory()
    const file = join(PARCOURS_DATA, 'ca.pem')
    await writeFile(file, 'not a certificate\n')
    const env = { ...kafka, PARCOURS_DATA, PARCOURS_KAFKA_TLS_CA: file }
    const { code, stderr } = await runCli(['process'], { env })
    expect(code).toBe(1)
    expect(stderr).toContain(`PARCOURS_KAFKA_TLS_CA names ${file}, in which there is none`)
  })
})
