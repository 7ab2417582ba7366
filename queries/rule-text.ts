import type { Matcher, StageModel, StageRule } from '../src/domain/stage-model.ts'

/** What a rule of the model says, as a sentence: why a touchpoint is in its stage. */
export function ruleText(id: string, { rules }: StageModel): string {
  const rule = rules.find((one) => one.id === id)
  if (rule === undefined) return `The rule "${id}" is not in the model any more.`
  if (rule.label) return rule.label.en
  const what = rule.when.map(matcherText).join(' or ')
  return `${capital(what)}${conditionText(rule)} ${effectText(rule)}.`
}

function matcherText(matcher: Matcher): string {
  const { type, action, outbound, pageKind, rating, score } = matcher
  const types = type?.join('/') ?? 'any touchpoint'
  const act = action ? `${types}.${action.join('/')}` : types
  return [
    act,
    outbound === undefined ? '' : outbound ? 'by the shop' : 'by the customer',
    pageKind ? `of kind ${pageKind.join(', ')}` : '',
    rating ? `with rating ${rangeText(rating)}` : '',
    score ? `with score ${rangeText(score)}` : '',
  ]
    .filter((part) => part !== '')
    .join(' ')
}

function rangeText({ min, max }: { min?: number | undefined; max?: number | undefined }): string {
  if (min !== undefined && max !== undefined) return `${min} to ${max}`
  return min === undefined ? `${max} or less` : `${min} or more`
}

function conditionText({ journey }: StageRule): string {
  if (journey === undefined) return ''
  const { entered, notEntered, earlier, sameOrderSeen } = journey
  return [
    entered ? `once ${entered} is entered` : '',
    notEntered ? `while ${notEntered} is not entered` : '',
    earlier ? earlierText(earlier) : '',
    sameOrderSeen === undefined
      ? ''
      : sameOrderSeen
        ? 'whose order the journey has seen before'
        : 'whose order is new to the journey',
  ]
    .filter((part) => part !== '')
    .map((part) => ` ${part}`)
    .join('')
}

function earlierText({ match, atLeast }: { match: Matcher[]; atLeast: number }): string {
  const what = match.map(matcherText).join(' or ')
  return atLeast === 1 ? `after an earlier ${what}` : `after at least ${atLeast} earlier ${what}`
}

function effectText({ stage, milestone }: StageRule): string {
  if (stage === 'furthest') return 'counts in the furthest stage entered so far'
  if (milestone === true) return `enters ${stage}`
  if (milestone === false) return `counts in ${stage} without entering it`
  return `counts in ${stage}, and enters it when ${milestone.action.join(' or ')}`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
