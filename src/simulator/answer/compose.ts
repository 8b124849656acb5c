import type { Json } from '../../core/json.ts';
import { stringAt } from '../../core/json.ts';
import type { ContentBlock, StopReason } from '../../core/message.ts';
import { lastTurn, spokenText } from '../conversation.ts';
import { digestId } from '../ids.ts';
import type { SignatureKey } from '../signature.ts';
import { signThinking } from '../signature.ts';
import { callTokens, cutToTokens, textTokens } from '../tokens.ts';
import { inputFor, valueFor } from '../tool-arguments.ts';
import type { CheckedRequest } from '../validate/index.ts';
import { outputSchema } from '../validate/request.ts';
import { chooseTools, inputSchema, typedToolInput } from './choose-tools.ts';
import { answerText, thoughtText } from './prose.ts';

/** The content of an answer, why it ended, and how many tokens it took. */
export type Draft = {
  content: ContentBlock[];
  stopReason: StopReason;
  stopSequence: string | null;
  /** Thinking included. */
  outputTokens: number;
  thinkingTokens: number;
};

/** Arguments are taken from at most this much of the user's text. */
const ARGUMENT_TEXT = 4000;

/**
 * Answers a checked request, always in the same way.
 * @param seed stands for the request: ids and signatures come from it.
 */
export function compose(checked: CheckedRequest, seed: string, key: SignatureKey): Draft {
  const limit = outputLimit(checked);
  const nothing = { content: [], stopReason: 'max_tokens', stopSequence: null, outputTokens: 0, thinkingTokens: 0 };
  if (limit === 0) return nothing;
  const thinking = think(checked, seed, key);
  const room = limit - (thinking?.tokens ?? 0);
  const rest = callTools(checked, seed, room) ?? speak(checked, room);
  return {
    ...rest,
    content: [...(thinking ? [thinking.block] : []), ...rest.content],
    outputTokens: rest.outputTokens + (thinking?.tokens ?? 0),
    thinkingTokens: thinking?.tokens ?? 0,
  };
}

/** Most tokens of an answer; a checked request always says it. */
function outputLimit({ request, model }: CheckedRequest): number {
  return request.max_tokens ?? model.maxOutputTokens;
}

/** The thinking block, when thinking was asked for and there is room for it and an answer. */
function think(
  checked: CheckedRequest,
  seed: string,
  key: SignatureKey,
): { block: ContentBlock; tokens: number } | undefined {
  const { request, model } = checked;
  const type = request.thinking?.['type'];
  const answering = lastTurn(checked.turns, 'user')?.blocks.some(({ block }) => block.type === 'tool_result') === true;
  if (type === undefined || type === 'disabled' || (type === 'between_tools' && !answering)) return undefined;
  const text = thoughtText(checked);
  const tokens = textTokens(text);
  if (tokens >= outputLimit(checked)) return undefined;
  // Summarized by default up to 4.6, which are those that still take a budget; omitted on newer models (§4.3).
  const byDefault = model.rules.thinking.includes('enabled') ? 'summarized' : 'omitted';
  const display = (request.thinking && stringAt(request.thinking, 'display')) ?? byDefault;
  const thinking = display === 'omitted' ? '' : text;
  return { block: { type: 'thinking', thinking, signature: signThinking(key, model, seed, thinking) }, tokens };
}

/** The tool calls, when there are tools to call. */
function callTools(checked: CheckedRequest, seed: string, room: number): Omit<Draft, 'thinkingTokens'> | undefined {
  const turn = lastTurn(checked.turns, 'user');
  const tools = chooseTools(checked.request, turn);
  if (tools.length === 0) return undefined;
  const text = spokenText(turn).slice(0, ARGUMENT_TEXT);
  const content = tools.map(
    (tool, index): ContentBlock => ({
      type: 'tool_use',
      id: `toolu_sim${digestId(`${seed}#${index}`)}`,
      name: stringAt(tool, 'name') ?? '',
      input: typedToolInput(tool) ?? inputFor(inputSchema(tool), text),
      caller: { type: 'direct' },
    }),
  );
  const tokens = content.reduce((sum, call) => sum + callTokens(stringAt(call, 'name') ?? '', call['input'] ?? {}), 0);
  if (tokens <= room) return { content, stopReason: 'tool_use', stopSequence: null, outputTokens: tokens };
  // Cut inside the first call: its input has not come to an end, so none of it can be shown.
  const cut = content.slice(0, 1).map((call) => ({ ...call, input: {} }));
  return { content: cut, stopReason: 'max_tokens', stopSequence: null, outputTokens: room };
}

/** Text, or JSON where a schema was given, within `stop_sequences` and `room` tokens. */
function speak(checked: CheckedRequest, room: number): Omit<Draft, 'thinkingTokens'> {
  const schema = outputSchema(checked.request);
  const whole = schema ? JSON.stringify(structured(checked, schema)) : answerText(checked);
  const { text, sequence } = cutAtSequence(whole, checked.request.stop_sequences ?? []);
  const shown = cutToTokens(text, room);
  const truncated = shown.length < text.length;
  const content: ContentBlock[] = shown === '' ? [] : [{ type: 'text', text: shown }];
  return {
    content,
    stopReason: truncated ? 'max_tokens' : sequence === null ? 'end_turn' : 'stop_sequence',
    stopSequence: truncated ? null : sequence,
    outputTokens: truncated ? room : Math.max(1, textTokens(shown)),
  };
}

function structured(checked: CheckedRequest, schema: Json): Json {
  return valueFor(schema, spokenText(lastTurn(checked.turns, 'user')).slice(0, ARGUMENT_TEXT));
}

/** The text before whichever stop sequence comes first; of two at the same place the longer one is reported. */
function cutAtSequence(text: string, sequences: readonly string[]): { text: string; sequence: string | null } {
  const found = sequences
    .map((sequence) => ({ sequence, at: text.indexOf(sequence) }))
    .filter(({ at }) => at >= 0)
    .toSorted((one, other) => one.at - other.at || other.sequence.length - one.sequence.length)[0];
  return found ? { text: text.slice(0, found.at), sequence: found.sequence } : { text, sequence: null };
}
