import { problem, RETRY_AFTER } from '../../src/http/openapi/answers.ts'
import type { Response } from '../../src/http/openapi/part.ts'
import { CHALLENGE } from '../../src/http/openapi/reading.ts'

/** What the collector answers where nothing was accepted. */
export const COLLECTOR_PROBLEMS: Record<string, Response> = {
  400: problem({
    description: 'The envelope cannot be read. Sending the same again is of no use.',
    codes: {
      'body-empty': 'there is no body',
      'body-not-json': 'the body is no JSON; `position` says where, if that is known',
      'body-not-decodable': 'the body is not what `Content-Encoding` says',
      'envelope-not-an-object': 'the JSON is no object',
      'envelope-not-a-list': '`touchpoints` is no list',
      'sent-at-unreadable': '`sentAt` is no time',
    },
  }),
  401: problem({
    description: 'No write key opens the door.',
    codes: {
      'write-key-missing': 'none was shown',
      'write-key-unknown': 'it is not known here',
    },
    headers: CHALLENGE,
  }),
  413: problem({
    description: 'Too much at once. Send smaller batches.',
    codes: {
      'body-too-large': 'too many bytes, as sent or as JSON',
      'batch-too-long': 'too many touchpoints',
    },
  }),
  415: problem({
    description: 'The body is of a kind that is not read here.',
    codes: {
      'unsupported-media-type': 'neither `application/json` nor `text/plain`, or not in UTF-8',
      'unsupported-content-encoding':
        'neither gzip nor deflate nor zstd; `Accept-Encoding` says so',
    },
  }),
  503: problem({
    description: 'Not now: nothing was accepted. Send the same again after `Retry-After` seconds.',
    codes: {
      overloaded: 'too many bodies are arriving at once',
      backlog: 'too much waits to be processed',
      'log-full': 'the disk of the log is full',
      'log-unavailable': 'the log cannot be written',
    },
    headers: RETRY_AFTER,
  }),
}
