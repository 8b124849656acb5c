import type { Dialect, DialectId, TargetContext } from '../../src/core/dialect.ts';
import { isJsonObject, type Json, type JsonObject, objectAt } from '../../src/core/json.ts';
import type { MessagesRequest } from '../../src/core/message.ts';
import { OPENAI_QUIRKS } from '../../src/core/quirks.ts';
import { testTools } from './codec-tools.ts';
import { framesOf, fullAnswering } from './pair-reading.ts';
import { convertStream, type Pair, pairTap } from './pair-stream.ts';

/** One turn of a model: what it thinks, what must come back of that, what it says, and whether it calls its tool. */
export type ModelTurn = { thinking: string; state: string; isRedacted: boolean; text: string; isCall: boolean };

/** The answer in which an upstream of a dialect gives a turn, and in it what must come back byte for byte. */
export type UpstreamAnswer = { body: JsonObject; states: JsonObject[] };

/** The tool that models call here. */
const TOOL = 'look';

/** Answers of each dialect, by hand, as `clients.md` and the vendors' pages have them. */
export const ANSWERERS: Readonly<Record<DialectId, (turn: ModelTurn, at: number) => UpstreamAnswer>> = {
  'anthropic-messages': ({ thinking, state, isRedacted, text, isCall }, at) => {
    const thought: JsonObject = isRedacted
      ? { type: 'redacted_thinking', data: state }
      : { type: 'thinking', thinking, signature: state };
    const call = { type: 'tool_use', id: `toolu_${at}`, name: TOOL, input: { at } };
    const content = [thought, { type: 'text', text }, ...(isCall ? [call] : [])];
    const head = { id: `msg_up${at}`, type: 'message', role: 'assistant', model: 'm' };
    const usage = { input_tokens: 1, output_tokens: 1 };
    const stop_reason = isCall ? 'tool_use' : 'end_turn';
    return { body: { ...head, content, stop_reason, stop_sequence: null, usage }, states: [thought] };
  },
  'openai-chat': ({ thinking, state, isRedacted, text, isCall }, at) => {
    const proof = { type: 'reasoning.encrypted', data: state, id: `r_${at}`, format: 'vendor-v1', index: 0 };
    const said = { type: 'reasoning.text', text: thinking, signature: state, format: 'vendor-v1', index: 0 };
    const reasoning_details: JsonObject[] = [isRedacted ? proof : said];
    const call = { id: `call_${at}`, type: 'function', function: { name: TOOL, arguments: `{"at":${at}}` } };
    const message = { role: 'assistant', content: text, reasoning_details, ...(isCall && { tool_calls: [call] }) };
    const choice = { index: 0, message, finish_reason: isCall ? 'tool_calls' : 'stop' };
    const head = { id: `chatcmpl-up${at}`, object: 'chat.completion', created: 1, model: 'm' };
    return { body: { ...head, choices: [choice] }, states: reasoning_details };
  },
  'openai-responses': ({ thinking, state, isRedacted, text, isCall }, at) => {
    const summary = isRedacted ? [] : [{ type: 'summary_text', text: thinking }];
    const reasoning = { type: 'reasoning', id: `rs_up${at}`, summary, encrypted_content: state };
    const content = [{ type: 'output_text', text, annotations: [] }];
    const message = { id: `msg_up${at}`, type: 'message', role: 'assistant', status: 'completed', content };
    const arguments_ = { name: TOOL, arguments: `{"at":${at}}`, status: 'completed' };
    const call = { id: `fc_up${at}`, type: 'function_call', call_id: `call_${at}`, ...arguments_ };
    const output = [reasoning, message, ...(isCall ? [call] : [])];
    const head = { id: `resp_up${at}`, object: 'response', created_at: 1, model: 'm', status: 'completed' };
    return { body: { ...head, output }, states: [reasoning] };
  },
};

/** The states that a request gives back to an upstream of a dialect, in their order. */
export const STATES_IN: Readonly<Record<DialectId, (body: JsonObject) => Json[]>> = {
  'anthropic-messages': (body) =>
    objectsIn(body['messages'])
      .flatMap(({ content }) => objectsIn(content))
      .filter(({ type }) => type === 'thinking' || type === 'redacted_thinking'),
  'openai-chat': (body) => objectsIn(body['messages']).flatMap((message) => objectsIn(message['reasoning_details'])),
  'openai-responses': (body) => objectsIn(body['input']).filter(({ type }) => type === 'reasoning'),
};

/** A client of a dialect that keeps its history as its format has it, and shows nothing of it to us but what it sends. */
export class HistoryClient {
  private readonly dialect: DialectId;
  private readonly history: Json[];

  constructor(dialect: DialectId) {
    this.dialect = dialect;
    this.history = [{ role: 'user', content: 'Begin.' }];
  }

  get body(): JsonObject {
    const schema = { type: 'object', properties: {} };
    switch (this.dialect) {
      case 'anthropic-messages':
        return { model: 'm', max_tokens: 9000, messages: this.history, tools: [{ name: TOOL, input_schema: schema }] };
      case 'openai-chat': {
        const tools = [{ type: 'function', function: { name: TOOL, parameters: schema } }];
        return { model: 'm', messages: this.history, tools };
      }
      case 'openai-responses': {
        const tools = [{ type: 'function', name: TOOL, parameters: schema, strict: false }];
        return { model: 'm', input: this.history, tools, include: ['reasoning.encrypted_content'], store: false };
      }
      default:
        return this.dialect satisfies never;
    }
  }

  /** Puts a whole answer into the history, runs its calls, and asks on. */
  take(answer: JsonObject): void {
    switch (this.dialect) {
      case 'anthropic-messages': {
        const content = objectsIn(answer['content']);
        const calls = content.filter(({ type }) => type === 'tool_use');
        const results = calls.map(({ id = '' }) => ({ type: 'tool_result', tool_use_id: id, content: 'Seen.' }));
        const next = [...results, { type: 'text', text: 'On.' }];
        this.history.push({ role: 'assistant', content }, { role: 'user', content: next });
        return;
      }
      case 'openai-chat': {
        const message = objectAt(objectsIn(answer['choices'])[0] ?? {}, 'message') ?? {};
        const calls = objectsIn(message['tool_calls']);
        const results = calls.map(({ id = '' }) => ({ role: 'tool', tool_call_id: id, content: 'Seen.' }));
        this.history.push(message, ...results, { role: 'user', content: 'On.' });
        return;
      }
      case 'openai-responses': {
        const output = objectsIn(answer['output']);
        const calls = output.filter(({ type }) => type === 'function_call');
        const results = calls.map(({ call_id = '' }) => ({ type: 'function_call_output', call_id, output: 'Seen.' }));
        this.history.push(...output, ...results, { role: 'user', content: 'On.' });
        return;
      }
      default:
        this.dialect satisfies never;
    }
  }
}

/** The whole answer that a client ends up with, whether it comes in one piece or is put together from a stream. */
export function answerFor(pair: Pair, body: JsonObject, request: MessagesRequest, isStream: boolean): JsonObject {
  const { upstream, client } = pair;
  const wire = Buffer.from(JSON.stringify(body));
  const tap = pairTap(pair, { answering: fullAnswering(request) });
  if (isStream) return objectOf(client.relay.joinStream(framesOf(convertStream(tap, upstream.relay.splitWhole(wire)))));
  const { message } = upstream.client.parseResponse(wire, { ...readingFor(), provider: 'acme' });
  return objectOf(client.server.formatResponse(message, fullAnswering(request)));
}

function readingFor() {
  const { model, quirks, tools, report } = targetFor('acme');
  return { model, quirks, tools, report, toolNames: new Map<string, string>(), emulatedStops: [], estimatedInput: 0 };
}

/** The request that a client's body becomes for an upstream of a provider. */
export function requestFor(client: Dialect, upstream: Dialect, body: JsonObject, provider: string): string {
  const { request } = client.server.parseRequest(body, 'generate', testTools());
  return Buffer.from(upstream.client.formatRequest(request, targetFor(provider)).body).toString();
}

/** A target that demands all reasoning again, in the richest form. */
function targetFor(provider: string): TargetContext {
  return {
    model: 'm',
    provider,
    facts: undefined,
    quirks: {
      ...OPENAI_QUIRKS,
      reasoningReplay: 'always',
      reasoningField: 'reasoning_details',
      encryptedReasoning: true,
    },
    operation: 'generate',
    tools: testTools(),
    report: () => {},
  };
}

/** A body as JSON. @throws Error when it is no JSON object. */
export function objectOf(bytes: Uint8Array | string): JsonObject {
  const value: unknown = JSON.parse(typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString());
  if (!isJsonObject(value)) throw new Error('no JSON object');
  return value;
}

function objectsIn(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
