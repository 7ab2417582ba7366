import { json, text } from '../../http/openapi/answers.ts'
import { type ApiPart, EXAMPLE_ORIGIN, type Operation, shell } from '../../http/openapi/part.ts'
import { READ_PROBLEMS, READ_SECURITY } from '../../http/openapi/reading.ts'

export const DOCUMENT_PATH = '/api/openapi.json'
export const REFERENCE_PATH = '/api/reference'

const getDocument: Operation = {
  operationId: 'getDocument',
  tags: ['Reference'],
  summary: 'This document',
  description: `For generators of clients and for tests.

${shell(`curl ${EXAMPLE_ORIGIN}${DOCUMENT_PATH}`)}`,
  responses: {
    200: json(
      'OpenAPI 3.1.',
      {
        type: 'object',
        required: ['openapi', 'info', 'paths'],
        properties: { openapi: { type: 'string', pattern: '^3\\.1\\.' } },
        additionalProperties: true,
      },
      {},
    ),
    ...READ_PROBLEMS,
  },
  security: READ_SECURITY,
}

const getReference: Operation = {
  operationId: 'getReference',
  tags: ['Reference'],
  summary: 'This page',
  description: `The document as a page, to read and to try. It loads nothing from elsewhere.

${shell(`curl ${EXAMPLE_ORIGIN}${REFERENCE_PATH}`)}`,
  responses: {
    200: text('For a browser.', { mediaType: 'text/html' }),
    ...READ_PROBLEMS,
  },
  security: READ_SECURITY,
}

/** The document and its page, which describe themselves too. */
export const REFERENCE_PART: ApiPart = {
  paths: {
    [DOCUMENT_PATH]: { get: getDocument },
    [REFERENCE_PATH]: { get: getReference },
  },
  schemas: {},
}
