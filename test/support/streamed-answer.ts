import type { DialectId } from '../../src/core/dialect.ts';
import { isJsonObject, type JsonObject, numberAt, objectAt, stringAt } from '../../src/core/json.ts';
import { objectsIn, textOf } from './scripted-model/messages.ts';

/** A tool call in the form in which a client got it: `input` for free-form tools, `args` for functions. */
export type ReceivedCall = { tool: string; namespace?: string; args?: string; input?: string };

/** A streamed answer as a client of its dialect understands it. */
export type StreamedAnswer = {
  text: string;
  calls: ReceivedCall[];
  /** How often the stream said that it is over. */
  ends: number;
  /** Whether the stream's last event says so. */
  endsLast: boolean;
};

/** Reads a whole stream, strictly as its dialect spells it. */
export function readStreamed(dialect: DialectId, stream: string): StreamedAnswer {
  const payloads = stream
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length).trim());
  const events = payloads.filter((payload) => payload !== '[DONE]').map(parse);
  const ends = payloads.map((payload) => ENDS[dialect](payload));
  return { ...READERS[dialect](events), ends: ends.filter(Boolean).length, endsLast: ends.at(-1) ?? false };
}

type Said = Pick<StreamedAnswer, 'text' | 'calls'>;

const ENDS: Record<DialectId, (payload: string) => boolean> = {
  'anthropic-messages': (payload) => parse(payload)['type'] === 'message_stop',
  'openai-chat': (payload) => payload === '[DONE]',
  'openai-responses': (payload) => /^response\.(completed|incomplete|failed)$/.test(`${parse(payload)['type']}`),
};

const READERS: Record<DialectId, (events: readonly JsonObject[]) => Said> = {
  'anthropic-messages': readMessages,
  'openai-chat': readChat,
  'openai-responses': readResponses,
};

function readMessages(events: readonly JsonObject[]): Said {
  const calls = new Map<number, ReceivedCall>();
  let text = '';
  for (const event of events) {
    const index = numberAt(event, 'index') ?? 0;
    const block = objectAt(event, 'content_block');
    const delta = objectAt(event, 'delta') ?? {};
    if (block?.['type'] === 'tool_use') calls.set(index, { tool: `${block['name']}`, args: '' });
    const call = calls.get(index);
    if (call) call.args = `${call.args}${stringAt(delta, 'partial_json') ?? ''}`;
    text += stringAt(delta, 'text') ?? '';
  }
  return { text, calls: [...calls.values()] };
}

function readChat(events: readonly JsonObject[]): Said {
  const calls = new Map<number, ReceivedCall>();
  const deltas = events.flatMap(({ choices }) => objectsIn(choices)).map((choice) => objectAt(choice, 'delta') ?? {});
  for (const piece of deltas.flatMap(({ tool_calls }) => objectsIn(tool_calls))) {
    const index = numberAt(piece, 'index') ?? Number.NaN;
    const said = objectAt(piece, 'function') ?? {};
    const call = calls.get(index) ?? { tool: stringAt(said, 'name') ?? '', args: '' };
    calls.set(index, { ...call, args: `${call.args}${stringAt(said, 'arguments') ?? ''}` });
  }
  return { text: deltas.map((delta) => stringAt(delta, 'content') ?? '').join(''), calls: [...calls.values()] };
}

/** By the items that are done, which is all that Codex reads (`clients.md` §6). */
function readResponses(events: readonly JsonObject[]): Said {
  const items = events
    .filter(({ type }) => type === 'response.output_item.done')
    .map((event) => objectAt(event, 'item') ?? {});
  return {
    text: items.map(({ type, content }) => (type === 'message' ? textOf(content) : '')).join(''),
    calls: items.filter(({ type }) => type === 'function_call' || type === 'custom_tool_call').map(readItem),
  };
}

function readItem(item: JsonObject): ReceivedCall {
  const namespace = stringAt(item, 'namespace');
  const tool = { tool: `${item['name']}`, ...(namespace !== undefined && { namespace }) };
  if (item['type'] === 'custom_tool_call') return { ...tool, input: `${item['input']}` };
  return { ...tool, args: `${item['arguments']}` };
}

function parse(payload: string): JsonObject {
  if (payload === '[DONE]') return {};
  const event: unknown = JSON.parse(payload);
  if (!isJsonObject(event)) throw new Error(`not an event: ${payload}`);
  return event;
}
