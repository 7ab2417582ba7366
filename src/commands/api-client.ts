import type { FastifyInstance } from 'fastify'
import { CommandFailure, EXIT } from './failure.ts'

export type ApiRequest = {
  method: 'GET' | 'POST'
  /** with its query, from `/` on */
  path: string
  /** readers show the read token, writers the write key */
  as: 'reader' | 'writer'
  /** already JSON */
  body?: string
}

export type ApiAnswer = {
  status: number
  /** the value of `Retry-After` in seconds, where there is one */
  retryAfterSeconds: number | undefined
  text(): Promise<string>
  /** a streamed answer, as it comes */
  chunks(): AsyncIterable<Uint8Array>
}

/** The HTTP API, wherever it runs: commands know nothing else of the system. */
export type ApiClient = {
  /** for messages: an address, or the directory opened in this process */
  place: string
  /** @throws CommandFailure where nobody answers */
  request(request: ApiRequest): Promise<ApiAnswer>
}

type Credentials = { readToken: string | undefined; writeKey: string | undefined }

export function networkClient(url: string, credentials: Credentials): ApiClient {
  return {
    place: url,
    async request(request) {
      const response = await fetch(new URL(request.path, url), {
        method: request.method,
        headers: headersOf(request, credentials),
        ...(request.body !== undefined && { body: request.body }),
      }).catch((cause: unknown) => {
        throw new CommandFailure(`Parcours at ${url} does not answer (${reasonOf(cause)}).`, {
          cause,
        })
      })
      return {
        status: response.status,
        retryAfterSeconds: secondsOf(response.headers.get('retry-after')),
        text: () => response.text(),
        chunks: () => response.body ?? emptyStream(),
      }
    },
  }
}

/** The same routes without a socket, for data that no process has open. */
export function inProcessClient(
  app: Pick<FastifyInstance, 'inject'>,
  place: string,
  credentials: Credentials,
): ApiClient {
  return {
    place,
    async request(request) {
      const response = await app.inject({
        method: request.method,
        url: request.path,
        headers: headersOf(request, credentials),
        payloadAsStream: true,
        ...(request.body !== undefined && { payload: request.body }),
      })
      return {
        status: response.statusCode,
        retryAfterSeconds: secondsOf(response.headers['retry-after']),
        text: async () => {
          const chunks: Uint8Array[] = []
          for await (const chunk of response.stream()) chunks.push(chunk as Uint8Array)
          return Buffer.concat(chunks).toString('utf8')
        },
        chunks: () => response.stream(),
      }
    },
  }
}

/** A 200's JSON; anything else ends the command with what the server said. */
export async function readJson<Answer>(client: ApiClient, path: string): Promise<Answer> {
  const answer = await client.request({ method: 'GET', path, as: 'reader' })
  if (answer.status !== 200) throw await refusalOf(answer, client)
  return JSON.parse(await answer.text()) as Answer
}

/** A stream of JSON lines, each as it arrives. */
export async function* jsonLines<Line>(answer: ApiAnswer): AsyncGenerator<Line> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of answer.chunks()) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()!
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as Line
  }
  if (rest.trim() !== '') yield JSON.parse(rest) as Line
}

/** What a problem+json says, as the end of a command. */
export async function refusalOf(answer: ApiAnswer, client: ApiClient): Promise<CommandFailure> {
  const { title, detail } = problemOf(await answer.text())
  const said = detail ?? title ?? 'it gave no reason'
  // What somebody asked wrongly is theirs to mend, like any wrong option.
  if (answer.status === 400) return new CommandFailure(said, { exitCode: EXIT.usage })
  if (answer.status === 404) return new CommandFailure(said)
  const hint = hintOf(answer.status)
  return new CommandFailure(`Parcours at ${client.place} answered ${answer.status}: ${said}${hint}`)
}

function hintOf(status: number): string {
  if (status === 401) {
    return ' PARCOURS_READ_TOKEN and PARCOURS_WRITE_KEY must be those of the running process.'
  }
  // What is away, and where, is for nobody else who asks over HTTP.
  return status >= 500 ? ' "parcours doctor" says what is wrong.' : ''
}

function problemOf(text: string): { title?: string; detail?: string } {
  try {
    return JSON.parse(text) as { title?: string; detail?: string }
  } catch {
    return text === '' ? {} : { title: text.slice(0, 200) }
  }
}

function headersOf(
  request: ApiRequest,
  { readToken, writeKey }: Credentials,
): Record<string, string> {
  const token = request.as === 'writer' ? writeKey : readToken
  return {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(request.body !== undefined && { 'content-type': 'application/json' }),
  }
}

function secondsOf(header: unknown): number | undefined {
  const seconds = Number(header)
  return header === null || header === undefined || !Number.isFinite(seconds) ? undefined : seconds
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = (cause as NodeJS.ErrnoException).code
  return code ?? (cause instanceof Error ? cause.message : String(cause))
}

async function* emptyStream(): AsyncGenerator<Uint8Array> {}
