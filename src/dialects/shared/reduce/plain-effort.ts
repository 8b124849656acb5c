import { isJsonObject, type JsonObject, numberAt, objectAt, stringAt } from '../../../core/json.ts';
import type { MessagesRequest } from '../../../core/message.ts';
import { EFFORT_LEVELS } from '../../../core/model.ts';
import { reportUnknown } from '../fields.ts';
import type { Reduction } from './reduction.ts';

/** All words for effort, weakest first; `none` switches thinking off. */
const WORDS: readonly string[] = ['none', 'minimal', ...EFFORT_LEVELS];

/** The largest thinking budget that each effort stands for, in tokens; above the last it is `xhigh` (`translation.md` §6). */
const BUDGETS: readonly [tokens: number, effort: string][] = [
  [2048, 'low'],
  [8192, 'medium'],
  [24_576, 'high'],
];

/** An effort that the caller wants, and the field that says so. */
type Wish = { word: string; field: string };

/** The effort in a word of the target's own list; undefined: nothing is said, and the model decides. */
export function plainEffort(request: MessagesRequest, reduction: Reduction): string | undefined {
  const wish = wishOf(request, reduction);
  if (wish === undefined) return undefined;
  return wish.word === 'none' ? withoutThinking(wish, reduction) : clamped(wish, reduction);
}

/** OpenAI's own word counts most, then thinking switched off, then the effort, then a budget. */
function wishOf(request: MessagesRequest, reduction: Reduction): Wish | undefined {
  const thinking = objectAt(request, 'thinking') ?? {};
  reportThinking(thinking, reduction);
  const raw = stringAt(objectAt(request, 'extra') ?? {}, 'reasoning_effort');
  if (raw !== undefined) return { word: raw, field: 'reasoning_effort' };
  if (thinking['type'] === 'disabled') return { word: 'none', field: 'thinking' };
  const effort = stringAt(objectAt(request, 'output_config') ?? {}, 'effort');
  if (effort !== undefined) return { word: effort, field: 'output_config.effort' };
  const budget = thinking['type'] === 'enabled' ? numberAt(thinking, 'budget_tokens') : undefined;
  if (budget === undefined) return undefined;
  const field = 'thinking.budget_tokens';
  reduction.losses.add('thinking_changed', field);
  return { word: BUDGETS.find(([tokens]) => budget <= tokens)?.[1] ?? 'xhigh', field };
}

/** `display` says what the answer shows, which is for its encoder. */
const THINKING_KEYS: ReadonlySet<string> = new Set(['type', 'budget_tokens', 'display', 'block_binding']);

function reportThinking(thinking: JsonObject, { losses }: Reduction): void {
  reportUnknown(thinking, THINKING_KEYS, 'thinking', losses.report);
  if (thinking['type'] === 'between_tools') losses.add('thinking_changed', 'thinking.type');
  if (isJsonObject(thinking['block_binding'])) losses.add('thinking_changed', 'thinking.block_binding');
}

/** A model that takes no effort at all has no thinking that we could switch off. */
function withoutThinking({ field }: Wish, { target, losses }: Reduction): string | undefined {
  const { efforts } = target.quirks;
  if (efforts.includes('none')) return 'none';
  if (efforts.length > 0) losses.add('thinking_changed', field);
  return undefined;
}

/** The wanted word, else the strongest one below it, else the weakest above: thinking is not switched off unasked. */
function clamped({ word, field }: Wish, { target, losses }: Reduction): string | undefined {
  const { efforts } = target.quirks;
  if (efforts.includes(word)) return word;
  const thinking = efforts.filter((each) => each !== 'none').sort((a, b) => WORDS.indexOf(a) - WORDS.indexOf(b));
  const nearest = thinking.findLast((each) => WORDS.indexOf(each) <= WORDS.indexOf(word)) ?? thinking[0];
  losses.add(nearest === undefined ? 'effort_dropped' : 'effort_changed', field);
  return nearest;
}
