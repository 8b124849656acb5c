import { stringAt } from '../../core/json.ts';
import type { MessagesRequest } from '../../core/message.ts';
import { blocksOf, lastTurn, spokenText } from '../conversation.ts';
import type { CheckedRequest } from '../validate/index.ts';
import { describeMedia, describeResults, excerpt } from './describe.ts';
import { isGreeting, phrasesFor } from './phrases.ts';

/** Agents put a line of their own before the prompt, which differs from session to session (`clients.md` §2). */
const ATTRIBUTION = 'x-anthropic-billing-header:';
const SYSTEM_EXCERPT = 120;
const THOUGHT_EXCERPT = 200;

/** The text of an answer: it shows what of the request was understood. */
export function answerText({ request, turns, media }: CheckedRequest): string {
  const turn = lastTurn(turns, 'user');
  const said = spokenText(turn);
  const phrases = phrasesFor(said);
  const results = describeResults(turn, lastTurn(turns, 'assistant'), phrases);
  const shown = describeMedia(turn, media, phrases);
  const system = systemText(request);
  return [
    ...results,
    ...echo(said, results.length + shown.length > 0),
    ...shown,
    ...(system === '' ? [] : [phrases.system(excerpt(system, SYSTEM_EXCERPT))]),
  ].join('\n');
}

/** What the simulated model thinks before it answers. */
export function thoughtText({ turns }: CheckedRequest): string {
  const turn = lastTurn(turns, 'user');
  const said = spokenText(turn);
  const phrases = phrasesFor(said);
  const answering = turn?.blocks.some(({ block }) => block.type === 'tool_result') === true;
  return answering ? phrases.thoughtOnResults : phrases.thought(excerpt(said, THOUGHT_EXCERPT));
}

/** The user's words; nothing in their place where results or media speak for themselves. */
function echo(said: string, othersSpeak: boolean): string[] {
  const phrases = phrasesFor(said);
  if (said === '') return othersSpeak ? [] : [phrases.nothingSaid];
  return [isGreeting(said) ? phrases.greeting(said) : phrases.echo(said)];
}

function systemText(request: MessagesRequest): string {
  return blocksOf(request.system ?? '')
    .map((block) => stringAt(block, 'text') ?? '')
    .filter((text) => !text.startsWith(ATTRIBUTION))
    .join(' ')
    .trim();
}
