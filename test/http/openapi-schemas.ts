import fastify, { type FastifyRequest } from 'fastify'
import type { OpenApiDocument } from '../../src/commands/openapi/document.ts'
import { type JsonSchema, SCHEMAS_POINTER } from '../../src/http/openapi/part.ts'

/** What is wrong with a value, one sentence each; none where it fits. */
export type SchemaCheck = (schema: JsonSchema, value: unknown) => string[]

/**
 * Checks values with Fastify's own validator. It is stricter than the document: a member that an
 * answer has and the document does not is a fault here, though readers pass over it.
 */
export async function schemaCheck(document: OpenApiDocument): Promise<SchemaCheck> {
  const app = fastify({
    ajv: {
      customOptions: {
        coerceTypes: false,
        removeAdditional: false,
        useDefaults: false,
        allErrors: true,
        // Unions of types and schemas that add to others are what ours are made of.
        allowUnionTypes: true,
        strictTypes: false,
        strictRequired: false,
      },
    },
  })
  app.addSchema({ $id: DOCUMENT_ID, $defs: relocated(closed(document.components.schemas)) })
  let compile: FastifyRequest['compileValidationSchema'] | undefined
  app.get('/', (request) => {
    compile = request.compileValidationSchema.bind(request)
    return ''
  })
  await app.inject('/')
  return (schema, value) => {
    const validate = compile!(relocated(schema) as JsonSchema)
    if (validate(value)) return []
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${instancePath || 'The value'} ${message} ${JSON.stringify(params)}`,
    )
  }
}

const DOCUMENT_ID = 'document'

/** References, as they are when the schemas stand apart from their document. */
function relocated(value: unknown): unknown {
  return mapped(value, (object) =>
    typeof object.$ref === 'string'
      ? { ...object, $ref: object.$ref.replace(SCHEMAS_POINTER, `${DOCUMENT_ID}#/$defs/`) }
      : object,
  )
}

function closed(value: unknown): unknown {
  return mapped(value, (object) =>
    object.type === 'object' &&
    object.properties !== undefined &&
    !('additionalProperties' in object)
      ? { ...object, additionalProperties: false }
      : object,
  )
}

function mapped(value: unknown, change: (object: JsonSchema) => JsonSchema): unknown {
  if (Array.isArray(value)) return value.map((item) => mapped(item, change))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, item]) => [key, mapped(item, change)] as const)
  return change(Object.fromEntries(entries))
}
