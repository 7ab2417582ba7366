import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Listener } from './java-broker.ts'

export const USER = { username: 'me', password: 'a-secret-of-me' }

const STORE_PASSWORD = 'changeit'
const SCRAM = ['SCRAM-SHA-256', 'SCRAM-SHA-512']

export function hasKeytool(): boolean {
  return spawnSync('keytool', ['-help'], { stdio: 'ignore' }).status === 0
}

/** A listener with TLS and passwords; `ca` is the file of the certificate that it shows. */
export function secureListener(directory: string): Listener & { ca: string } {
  const store = join(directory, 'broker.p12')
  const ca = join(directory, 'ca.pem')
  const access = ['-keystore', store, '-storepass', STORE_PASSWORD, '-alias', 'broker']
  const name = ['-dname', 'CN=localhost', '-ext', 'san=ip:127.0.0.1,dns:localhost']
  const make = ['-genkeypair', '-storetype', 'PKCS12', '-keyalg', 'RSA', ...name]
  execFileSync('keytool', [...make, ...access], { stdio: 'ignore' })
  execFileSync('keytool', ['-exportcert', '-rfc', '-file', ca, ...access], { stdio: 'ignore' })
  const prefix = 'listener.name.secure'
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule'
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule'
  return {
    ca,
    protocol: 'SASL_SSL',
    format: SCRAM.flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${USER.username},password=${USER.password}]`,
    ]),
    properties: {
      'sasl.enabled.mechanisms': ['PLAIN', ...SCRAM].join(','),
      [`${prefix}.plain.sasl.jaas.config`]: `${plain} required user_${USER.username}="${USER.password}";`,
      ...Object.fromEntries(
        SCRAM.map((mechanism) => [
          `${prefix}.${mechanism.toLowerCase()}.sasl.jaas.config`,
          `${scram} required;`,
        ]),
      ),
      [`${prefix}.ssl.keystore.location`]: store,
      [`${prefix}.ssl.keystore.password`]: STORE_PASSWORD,
      [`${prefix}.ssl.keystore.type`]: 'PKCS12',
    },
  }
}
