import swagger, { type StaticDocumentSpec } from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { answerError, HttpProblem } from '../http/problem.ts'
import { openApiDocument } from './openapi/document.ts'
import { DOCUMENT_PATH, REFERENCE_PATH } from './openapi/reference-part.ts'
import { version } from './version.ts'

/**
 * The API's document, and a page made of it from files that lie here: it works without a network.
 * @example await guarded.register(reference)
 */
export async function reference(app: FastifyInstance): Promise<void> {
  const document = openApiDocument({ version: version() })
  const text = JSON.stringify(document)
  offerBasic(app)
  app.get(DOCUMENT_PATH, async (_request, reply) => reply.type('application/json').send(text))
  await app.register(swagger, {
    mode: 'static',
    // Its type ends at OpenAPI 3.0; it hands on whatever it is given.
    specification: { document: document as unknown as StaticDocumentSpec['document'] },
  })
  await app.register(swaggerUi, {
    routePrefix: REFERENCE_PATH,
    staticCSP: CONTENT_SECURITY_POLICY,
    theme: { title: 'Parcours: HTTP API' },
    // Without the bar that loads documents from elsewhere.
    uiConfig: {
      layout: 'BaseLayout',
      deepLinking: true,
      docExpansion: 'list',
      tryItOutEnabled: false,
    },
  })
}

// Nothing from elsewhere, neither files nor requests. The page sets styles of its own on elements.
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** A browser asks its user for the read token only where Basic is offered; it goes in as the user. */
function offerBasic(app: FastifyInstance): void {
  app.setErrorHandler(async (error, request, reply) => {
    if (!(error instanceof HttpProblem) || error.status !== 401) {
      return answerError(error, request, reply)
    }
    const { status, code, message: detail, members, headers } = error
    const both = {
      ...headers,
      'www-authenticate': `Bearer realm="parcours", Basic realm="parcours"`,
    }
    return answerError(
      new HttpProblem({ status, code, detail, members, headers: both }),
      request,
      reply,
    )
  })
}
