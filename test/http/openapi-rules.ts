/** The objects of OpenAPI 3.1 that our document is made of: the members of each, and what they hold. */
export type Value = { [key: string]: unknown }

export type Rule = {
  required?: string[]
  optional?: string[]
  members?: Record<string, (value: unknown, at: string, document: Value) => string[]>
}

/** What is wrong with an object, one sentence each. */
export function check(value: unknown, at: string, rule: Rule, document: Value): string[] {
  if (!isObject(value)) return [`${at} is no object.`]
  const { required = [], optional = [], members = {} } = rule
  const known = new Set([...required, ...optional, ...Object.keys(members)])
  return [
    ...required.filter((key) => !(key in value)).map((key) => `${at} has no ${key}.`),
    ...Object.keys(value)
      .filter((key) => !known.has(key))
      .map((key) => `${at} has ${key}, which OpenAPI does not know there.`),
    ...Object.entries(members).flatMap(([key, checkMember]) =>
      key in value ? checkMember(value[key], `${at}/${key}`, document) : [],
    ),
  ]
}

export function isObject(value: unknown): value is Value {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

type Check = (value: unknown, at: string, document: Value) => string[]

const one =
  (rule: Rule): Check =>
  (value, at, document) =>
    check(value, at, rule, document)

const all =
  (rule: Rule): Check =>
  (value, at, document) =>
    isObject(value)
      ? Object.entries(value).flatMap(([key, item]) => check(item, `${at}/${key}`, rule, document))
      : [`${at} is no map.`]

const each =
  (rule: Rule): Check =>
  (value, at, document) =>
    Array.isArray(value)
      ? value.flatMap((item, index) => check(item, `${at}/${index}`, rule, document))
      : [`${at} is no list.`]

const text: Check = (value, at) =>
  typeof value === 'string' && value !== '' ? [] : [`${at} is no text.`]

const schema: Check = (value, at) =>
  isObject(value) || typeof value === 'boolean' ? [] : [`${at} is no schema.`]

const namedSchemas: Check = (value, at) =>
  Object.entries(value as Value).flatMap(([name, item]) =>
    /^[\w.-]+$/.test(name) ? schema(item, `${at}/${name}`, {}) : [`${at}/${name} is no name.`],
  )

const security: Check = (value, at, { components }) => {
  const known = new Set(Object.keys((components as Value).securitySchemes as Value))
  return (value as Value[])
    .flatMap((requirement) => Object.keys(requirement))
    .filter((name) => !known.has(name))
    .map((name) => `${at} names ${name}, which is no security scheme.`)
}

const tags: Check = (value, at, document) => {
  const known = new Set((document.tags as Value[]).map(({ name }) => name))
  return (value as string[])
    .filter((name) => !known.has(name))
    .map((name) => `${at} names ${name}, which is no tag.`)
}

const place: Check = (value, at) =>
  ['query', 'header', 'path', 'cookie'].includes(value as string) ? [] : [`${at} is no place.`]

const CONTENT = all({
  optional: ['example'],
  members: { schema, examples: all({ required: ['value'], optional: ['summary'] }) },
})

const RESPONSES: Check = (value, at, document) => [
  ...all({
    required: ['description'],
    members: {
      description: text,
      headers: all({ required: ['schema'], optional: ['description'], members: { schema } }),
      content: CONTENT,
    },
  })(value, at, document),
  ...Object.keys(value as Value)
    .filter((status) => !/^([1-5]\d\d|default)$/.test(status))
    .map((status) => `${at}/${status} is no status.`),
]

const OPERATION: Rule = {
  required: ['operationId', 'responses'],
  optional: ['summary', 'description'],
  members: {
    operationId: text,
    tags,
    security,
    parameters: each({
      required: ['name', 'in', 'schema'],
      optional: ['description', 'required', 'example', 'style', 'explode'],
      members: { schema, in: place },
    }),
    requestBody: one({
      required: ['content'],
      optional: ['description', 'required'],
      members: { content: CONTENT },
    }),
    responses: RESPONSES,
  },
}

export const DOCUMENT: Rule = {
  required: ['openapi', 'info', 'paths'],
  members: {
    openapi: (value, at) => (/^3\.1\.\d+$/.test(String(value)) ? [] : [`${at} is no 3.1.`]),
    info: one({
      required: ['title', 'version'],
      optional: ['summary', 'description'],
      members: { license: one({ required: ['name'], optional: ['identifier'] }) },
    }),
    servers: each({ required: ['url'], optional: ['description'] }),
    tags: each({ required: ['name'], optional: ['description'] }),
    paths: all({ members: { get: one(OPERATION), post: one(OPERATION) } }),
    components: one({
      members: {
        schemas: namedSchemas,
        securitySchemes: all({
          required: ['type'],
          optional: ['description', 'scheme', 'in', 'name'],
        }),
      },
    }),
  },
}
