import type { Matcher, StageModel, StageRule } from '../src/domain/stage-model.ts'
import { actNouns } from './act-nouns.ts'

/** What a rule of the model says, as a sentence: why a touchpoint is in its stage. */
export function ruleText(id: string, { rules, stages }: StageModel): string {
  const rule = rules.find((one) => one.id === id)
  if (rule === undefined) return `The rule “${id}” is not in the model any more.`
  if (rule.label) return rule.label.en
  const nameOf: NameOf = (stage) => stages.find((one) => one.id === stage)?.label.en ?? stage
  const conditions = conditionTexts(rule, nameOf)
  const what = listText(rule.when.flatMap(matcherNouns))
  const sentence = `${conditions.length > 0 ? `${conditions.join(' and ')}, ` : ''}${what} ${effectText(rule, nameOf)}.`
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}

/** What people call a stage. */
type NameOf = (stage: string) => string

/** Each alternative with what is asked of it: `a review with a rating of 4 or more`. */
function matcherNouns({ type, action, outbound, pageKind, rating, score }: Matcher): string[] {
  const nouns = isReaction({ type, action, outbound })
    ? ['a message that the customer reacts to']
    : actNouns(type, action)
  const kinds = pageKind && `a page of the kind ${listText(pageKind.map(words))}`
  const isPageView = type === undefined || (type.length === 1 && type[0] === 'page_view')
  const more = [
    kinds === undefined || isPageView ? '' : ` on ${kinds}`,
    outbound === undefined || isReaction({ type, action, outbound })
      ? ''
      : ` by the ${outbound ? 'shop' : 'customer'}`,
    rating ? ` with a rating of ${rangeText(rating)}` : '',
    score ? ` with a score of ${rangeText(score)}` : '',
  ].join('')
  if (kinds !== undefined && isPageView) return [`a view of ${kinds}${more}`]
  // The first rule that matches decides: this one sees what those above it have left.
  if (nouns.length === 0) return [more === '' ? 'any other touchpoint' : `any touchpoint${more}`]
  return nouns.map((noun) => noun + more)
}

/** Messages are the shop's; what customers do about them needs words of its own. */
function isReaction({ type, action, outbound }: Pick<Matcher, 'type' | 'action' | 'outbound'>) {
  return outbound === false && action === undefined && type?.length === 1 && type[0] === 'message'
}

function rangeText({ min, max }: { min?: number | undefined; max?: number | undefined }): string {
  if (min !== undefined && max !== undefined) return min === max ? `${min}` : `${min} to ${max}`
  if (min === undefined && max === undefined) return 'any height'
  return min === undefined ? `${max} or less` : `${min} or more`
}

function conditionTexts({ journey = {} }: StageRule, nameOf: NameOf): string[] {
  const { entered, notEntered, earlier, sameOrderSeen } = journey
  return [
    entered === undefined ? '' : `once ${nameOf(entered)} is reached`,
    notEntered === undefined ? '' : `while ${nameOf(notEntered)} is not reached`,
    earlier === undefined ? '' : earlierText(earlier),
    sameOrderSeen === undefined
      ? ''
      : `where the order is ${sameOrderSeen ? 'known to the journey already' : 'new to the journey'}`,
  ].filter((text) => text !== '')
}

function earlierText({ match, atLeast }: { match: Matcher[]; atLeast: number }): string {
  const nouns = match.flatMap(matcherNouns).map((noun) => noun.replace('any other', 'any'))
  if (atLeast > 1) return `after at least ${atLeast} of the following: ${listText(nouns)}`
  return `after ${listText(nouns.map(earlierNoun))}`
}

function earlierNoun(noun: string): string {
  return /^an? /.test(noun) ? noun.replace(/^an? /, 'an earlier ') : `${noun} before it`
}

function effectText({ stage, milestone, when }: StageRule, nameOf: NameOf): string {
  if (stage === 'furthest') return 'counts in the furthest stage reached so far'
  const name = nameOf(stage)
  if (milestone === true) return `brings the journey to ${name}`
  if (milestone === false) return `counts in ${name}, but does not bring the journey there`
  const types = [...new Set(when.flatMap(({ type }) => type ?? []))]
  const nouns = actNouns(types.length > 0 ? types : undefined, milestone.action)
  return `counts in ${name}; ${listText(nouns)} also brings the journey there`
}

function words(name: string): string {
  return name.replaceAll('_', ' ')
}

/** `a, b or c`. */
function listText(items: readonly string[]): string {
  const unique = [...new Set(items)]
  const last = unique.pop() ?? ''
  return unique.length === 0 ? last : `${unique.join(', ')} or ${last}`
}
