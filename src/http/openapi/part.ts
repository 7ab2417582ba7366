import type { z } from 'zod'

/** JSON Schema 2020-12, which OpenAPI 3.1 speaks. */
export type JsonSchema = { [keyword: string]: unknown }

export type Example = { summary: string; value: unknown }
export type MediaType = {
  schema: JsonSchema
  example?: unknown
  examples?: Record<string, Example>
}
export type Content = Record<string, MediaType>

export type Parameter = {
  name: string
  in: 'path' | 'query' | 'header'
  description: string
  schema: JsonSchema
  required?: boolean
  example?: unknown
  style?: 'form'
  explode?: boolean
}

export type Header = { description: string; schema: JsonSchema }
export type Response = {
  description: string
  headers?: Record<string, Header>
  content?: Content
}

/** One method of one path. */
export type Operation = {
  operationId: string
  tags: string[]
  summary: string
  /** CommonMark, with a command to copy */
  description: string
  parameters?: Parameter[]
  requestBody?: { required: boolean; description: string; content: Content }
  responses: Record<string, Response>
  security: Record<string, never[]>[]
}

export type PathItem = Partial<Record<'get' | 'post', Operation>>

/** What one folder contributes to the document: its routes, and the schemas that they name. */
export type ApiPart = {
  paths: Record<string, PathItem>
  schemas: Record<string, z.ZodType>
}

// Where a start listens unless told otherwise: examples are to be copied as they are.
export const EXAMPLE_ORIGIN = 'http://127.0.0.1:7717'

/** A schema of the document, by its name. */
export function ref(name: string): JsonSchema {
  return { $ref: `${SCHEMAS_POINTER}${name}` }
}

export const SCHEMAS_POINTER = '#/components/schemas/'

/** A command line of a description. */
export function shell(...lines: string[]): string {
  return ['```sh', ...lines, '```'].join('\n')
}
