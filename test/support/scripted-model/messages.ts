import { isJsonObject, type Json, type JsonObject, objectAt, stringAt } from '../../../src/core/json.ts';
import { newMessageId, sseEvent } from '../anthropic-stream.ts';
import type { Asked, ModelAnswer } from './answer.ts';

/** Reads a Messages request. */
export function understandMessages(body: JsonObject): Asked {
  const turns = objectsIn(body['messages']);
  const blocksOf = (turn: JsonObject) => objectsIn(turn['content']);
  const userBlocks = turns.filter(({ role }) => role === 'user').flatMap(blocksOf);
  const results = userBlocks.filter(({ type }) => type === 'tool_result');
  const called = turns.filter((turn) => blocksOf(turn).some(({ type }) => type === 'tool_use'));
  return {
    model: stringAt(body, 'model') ?? '',
    stream: body['stream'] === true,
    userTexts: turns.filter(({ role }) => role === 'user').flatMap((turn) => textOf(turn['content']) || []),
    toolNames: objectsIn(body['tools']).map(({ name }) => `${name}`),
    toolResults: results.map(({ content }) => textOf(content)),
    toolRounds: called.length,
    images: [...userBlocks, ...results.flatMap(({ content }) => objectsIn(content))].filter(
      ({ type }) => type === 'image',
    ).length,
    wantsSchema: objectAt(objectAt(body, 'output_config') ?? {}, 'format') !== undefined,
    returnedStates: called.flatMap((turn) =>
      blocksOf(turn).flatMap((block) => (block.type === 'thinking' ? (stringAt(block, 'signature') ?? []) : [])),
    ),
  };
}

/** A whole answer of the Messages API. */
export function wholeMessages(model: string, answer: ModelAnswer): JsonObject {
  const { usage } = answer;
  return {
    id: newMessageId(),
    type: 'message',
    role: 'assistant',
    model,
    content: blocks(answer),
    stop_reason: answer.calls.length > 0 ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    usage: {
      input_tokens: usage.input - usage.cached,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: usage.cached,
      output_tokens: usage.output,
      output_tokens_details: { thinking_tokens: usage.reasoning },
    },
  };
}

function blocks({ thinking, text, calls }: ModelAnswer): JsonObject[] {
  return [
    ...(thinking ? [{ type: 'thinking', thinking: thinking.text, signature: thinking.state }] : []),
    ...(text === undefined ? [] : [{ type: 'text', text }]),
    ...calls.map(({ id, name, args }) => ({ type: 'tool_use', id, name, input: JSON.parse(args) as JsonObject })),
  ];
}

/** The same answer as a stream, event by event. */
export function streamMessages(model: string, answer: ModelAnswer): Buffer[] {
  const whole = wholeMessages(model, answer);
  const usage = objectAt(whole, 'usage') ?? {};
  const opening = { ...whole, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
  return [
    sseEvent('message_start', { message: opening }),
    ...blocks(answer).flatMap(streamBlock),
    sseEvent('message_delta', {
      delta: { stop_reason: whole['stop_reason'] ?? null, stop_sequence: null },
      usage: { output_tokens: answer.usage.output, output_tokens_details: { thinking_tokens: answer.usage.reasoning } },
    }),
    sseEvent('message_stop'),
  ];
}

function streamBlock(block: JsonObject, index: number): Buffer[] {
  const delta = (fields: JsonObject) => sseEvent('content_block_delta', { index, delta: fields });
  const start = (content_block: JsonObject) => sseEvent('content_block_start', { index, content_block });
  const stop = sseEvent('content_block_stop', { index });
  if (block['type'] === 'thinking') {
    return [
      start({ type: 'thinking', thinking: '', signature: '' }),
      ...halves(`${block['thinking']}`).map((thinking) => delta({ type: 'thinking_delta', thinking })),
      delta({ type: 'signature_delta', signature: block['signature'] ?? '' }),
      stop,
    ];
  }
  if (block['type'] === 'text') {
    return [
      start({ type: 'text', text: '' }),
      ...halves(`${block['text']}`).map((text) => delta({ type: 'text_delta', text })),
      stop,
    ];
  }
  return [
    start({ ...block, input: {} }),
    ...halves(JSON.stringify(block['input'])).map((partial_json) => delta({ type: 'input_json_delta', partial_json })),
    stop,
  ];
}

/** A text in two pieces. */
export function halves(text: string): [string, string] {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)];
}

/** The objects of a list, none for anything else. */
export function objectsIn(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** The text of content in any dialect: a string, or the texts of its parts. */
export function textOf(content: Json | undefined): string {
  if (typeof content === 'string') return content;
  return objectsIn(content)
    .map((part) => stringAt(part, 'text') ?? '')
    .join('');
}
