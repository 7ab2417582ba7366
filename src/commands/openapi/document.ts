import { COLLECTOR_PART } from '../../../ingest/openapi/part.ts'
import { QUERIES_PART } from '../../../queries/openapi/part.ts'
import { problemSchema } from '../../http/openapi/answers.ts'
import type { ApiPart, JsonSchema, PathItem } from '../../http/openapi/part.ts'
import { componentSchemas } from '../../http/openapi/schemas.ts'
import { ADMIN_PART } from './admin-part.ts'
import { REFERENCE_PART } from './reference-part.ts'

export type OpenApiDocument = {
  openapi: string
  info: {
    title: string
    version: string
    summary: string
    description: string
    license: { name: string; identifier: string }
  }
  servers: { url: string; description: string }[]
  tags: { name: string; description: string }[]
  paths: Record<string, PathItem>
  components: {
    schemas: Record<string, JsonSchema>
    securitySchemes: Record<string, Record<string, string>>
  }
}

const PARTS: readonly ApiPart[] = [COLLECTOR_PART, QUERIES_PART, ADMIN_PART, REFERENCE_PART]

/** The whole HTTP API as OpenAPI 3.1. */
export function openApiDocument({ version }: { version: string }): OpenApiDocument {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Parcours',
      version,
      summary: 'Customer journeys from e-commerce events.',
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    // Relative to where this document is served.
    servers: [{ url: '/', description: 'This server.' }],
    tags: [
      { name: 'Sending', description: 'Touchpoints in.' },
      { name: 'Reading', description: 'Figures, people and what was refused.' },
      { name: 'Operating', description: 'Health, rebuilds and metrics.' },
      { name: 'Reference', description: 'This document.' },
    ],
    paths: Object.assign({}, ...PARTS.map(({ paths }) => paths)) as Record<string, PathItem>,
    components: {
      schemas: componentSchemas(
        Object.assign({ Problem: problemSchema }, ...PARTS.map(({ schemas }) => schemas)) as Record<
          string,
          ApiPart['schemas'][string]
        >,
      ),
      securitySchemes: SECURITY_SCHEMES,
    },
  }
}

const DESCRIPTION = `Touchpoints go in with a write key; figures come out to readers.

The commands of this page can be copied as they are, on the machine that runs \`parcours start\` and in its directory, once the write key is at hand:

\`\`\`sh
WRITE_KEY=$(cat data/write-key)
\`\`\`

Readers on the same machine show nothing. From elsewhere they show the read token (\`PARCOURS_READ_TOKEN\`): \`-H "Authorization: Bearer $READ_TOKEN"\`.

Every error is a problem of [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) with a \`code\` that is never renamed. Answers may have more members one day: pass over those that you do not know.`

const SECURITY_SCHEMES = {
  writeKey: {
    type: 'http',
    scheme: 'bearer',
    description: 'The write key. It says which site touchpoints belong to.',
  },
  writeKeyAsUser: {
    type: 'http',
    scheme: 'basic',
    description: 'The write key as user, with any password or none.',
  },
  writeKeyInQuery: {
    type: 'apiKey',
    in: 'query',
    name: 'key',
    description:
      'For senders that can set no header. `writeKey` in the body does the same, and stays out of the logs of proxies.',
  },
  readToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'The read token. None is needed on the machine itself.',
  },
  readTokenAsUser: {
    type: 'http',
    scheme: 'basic',
    description: 'The read token as user, with any password or none: browsers ask for it.',
  },
}
