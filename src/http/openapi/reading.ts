import { ANY_PROBLEM, problem, RETRY_AFTER } from './answers.ts'
import type { Header, Operation, Parameter, Response } from './part.ts'

/** Who may read: with the read token, or without anything from the machine itself. */
export const READ_SECURITY: Operation['security'] = [{}, { readToken: [] }, { readTokenAsUser: [] }]

export const CHALLENGE: Record<string, Header> = {
  'WWW-Authenticate': {
    description: 'How to show a secret.',
    schema: { type: 'string' },
  },
}

export const NOT_LET_IN: Response = problem({
  description: 'The door for readers stays closed.',
  codes: {
    'read-token-missing':
      'no read token was shown, or one that is not known here. None is needed on the machine itself, at 127.0.0.1 and without a proxy',
  },
  headers: CHALLENGE,
})

export const STORAGE_AWAY: Response = problem({
  description: 'Log or warehouse do not answer now. Ask again.',
  codes: { unavailable: 'storage does not answer' },
  headers: RETRY_AFTER,
})

/** The answers of every route for readers, beside its own. */
export const READ_PROBLEMS = { 401: NOT_LET_IN, ...ANY_PROBLEM } as const

export const SITE_PARAMETER: Parameter = {
  name: 'site',
  in: 'query',
  description: 'The site asked for; there is one, so this only checks that it is the one meant.',
  schema: { type: 'string', examples: ['shop'] },
}

/** Of routes that change something: a browser sends them for any page. */
export const NOT_FROM_ELSEWHERE: Response = problem({
  description: 'A page of another site asked.',
  codes: { 'cross-site': 'pages of other sites may not change anything here' },
})

/** Of figures: none is shown while rows are missing. */
export const FIGURES_AWAY: Response = problem({
  description: 'No figure can be given now.',
  codes: {
    unavailable: 'storage does not answer; ask again',
    'rows-lost':
      'the warehouse lost rows that it had, or has rows that the log lost; `parcours rebuild` mends it',
  },
  headers: RETRY_AFTER,
})
