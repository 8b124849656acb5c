import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  answeringWith,
  dataOf,
  eventsOf,
  jsonOf,
  listAt,
  messageOf,
  messages,
  streamText,
} from '../../../test/support/openai-answers.ts';
import { GatewayError } from '../../core/error.ts';
import { type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import type { ContentBlock, Message } from '../../core/message.ts';
import { formatResponse } from './format-response.ts';
import { createStreamEncoder } from './stream-encoder.ts';

const ENCRYPTED = { include: ['reasoning.encrypted_content', 'web_search_call.action.sources'] };

const streamOf = (message: Message, body: JsonObject = {}) =>
  streamText(createStreamEncoder(answeringWith(body)), eventsOf(message));

const eventsFor = (content: ContentBlock[], fields: JsonObject = {}, body: JsonObject = {}) =>
  dataOf(streamOf(messageOf(content, fields), body)).map(jsonOf);

const typesOf = (events: JsonObject[]) => events.map(({ type }) => String(type).replace(/^response\./, ''));

/** A list inside an object, to be changed in place. */
const itemAt = (list: JsonObject[], index: unknown): JsonObject => {
  const item = list[Number(index)];
  if (!item) throw new Error(`nothing at ${index}`);
  return item;
};

const grow = (object: JsonObject, key: string, delta: unknown) => {
  object[key] = (stringAt(object, key) ?? '') + String(delta);
};

/** The output as a client puts it together from deltas and parts, written for this test alone. */
function accumulate(events: JsonObject[]): JsonObject[] {
  const output: JsonObject[] = [];
  for (const event of events) {
    const { type, output_index, delta, content_index, summary_index } = event;
    const item = () => itemAt(output, output_index);
    const part = () => itemAt(listAt(item(), 'content'), content_index);
    switch (type) {
      case 'response.output_item.added':
        expect(output_index).toBe(output.length);
        output.push(objectAt(event, 'item') ?? {});
        break;
      case 'response.content_part.added':
        expect(content_index).toBe(listAt(item(), 'content').length);
        item()['content'] = [...listAt(item(), 'content'), objectAt(event, 'part') ?? {}];
        break;
      case 'response.output_text.delta':
        grow(part(), 'text', delta);
        break;
      case 'response.output_text.annotation.added':
        part()['annotations'] = [...listAt(part(), 'annotations'), event['annotation'] ?? null];
        break;
      case 'response.refusal.delta':
        grow(part(), 'refusal', delta);
        break;
      case 'response.reasoning_summary_part.added':
        item()['summary'] = [...listAt(item(), 'summary'), objectAt(event, 'part') ?? {}];
        break;
      case 'response.reasoning_summary_text.delta':
        grow(itemAt(listAt(item(), 'summary'), summary_index), 'text', delta);
        break;
      case 'response.function_call_arguments.delta':
        grow(item(), 'arguments', delta);
        break;
      case 'response.custom_tool_call_input.delta':
        grow(item(), 'input', delta);
        break;
      case 'response.output_item.done':
        expect({ ...item(), ...closing(event) }).toEqual(objectAt(event, 'item'));
        output[Number(output_index)] = objectAt(event, 'item') ?? {};
        break;
    }
  }
  return output;
}

/** What only the end of an item tells: how it ended, its sealed state, what was searched for. */
function closing(event: JsonObject): JsonObject {
  const item = objectAt(event, 'item') ?? {};
  return Object.fromEntries(
    ['status', 'encrypted_content', 'action'].flatMap((key) => (key in item ? [[key, item[key] ?? null]] : [])),
  );
}

const TERMINAL = new Set(['response.completed', 'response.incomplete', 'response.failed', 'error']);

describe('a Responses stream', () => {
  test('P107 the events of a text, each named as its type, with their ids', () => {
    const stream = streamOf(messageOf([{ type: 'text', text: 'Hello' }]));
    const events = dataOf(stream).map(jsonOf);
    expect(typesOf(events)).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ]);
    const names = stream
      .split('\n')
      .flatMap((line) => (line.startsWith('event: ') ? [line.slice('event: '.length)] : []));
    expect(names).toEqual(events.map(({ type }) => type));
    expect(stream).not.toContain('[DONE]');
    expect(
      events.slice(3, 8).map(({ item_id, output_index, content_index }) => [item_id, output_index, content_index]),
    ).toEqual(Array.from({ length: 5 }, () => ['msg_2', 0, 0]));
    expect(events[7]).toMatchObject({ part: { type: 'output_text', text: 'Hello', annotations: [], logprobs: [] } });
  });

  test('P6 P5 thinking is a reasoning item before the message; its state only for those who asked', () => {
    const content = [
      { type: 'thinking', thinking: 'hm', signature: 'ezm1.state' },
      { type: 'text', text: 'ok' },
    ];
    const events = eventsFor(content, {}, ENCRYPTED);
    expect(typesOf(events).slice(2, 8)).toEqual([
      'output_item.added',
      'reasoning_summary_part.added',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.done',
      'reasoning_summary_part.done',
      'output_item.done',
    ]);
    expect(events[7]?.['item']).toEqual({
      id: 'rs_2',
      type: 'reasoning',
      summary: [{ type: 'summary_text', text: 'hm' }],
      encrypted_content: 'ezm1.state',
    });
    expect(eventsFor(content)[7]?.['item']).not.toHaveProperty('encrypted_content');
  });

  test('P95 P86 hidden thinking is a reasoning item without a summary', () => {
    const events = eventsFor([{ type: 'redacted_thinking', data: 'ezm1.hidden' }], {}, ENCRYPTED);
    expect(typesOf(events).slice(2, -1)).toEqual(['output_item.added', 'output_item.done']);
    expect(events[3]?.['item']).toEqual({
      id: 'rs_2',
      type: 'reasoning',
      summary: [],
      encrypted_content: 'ezm1.hidden',
    });
  });

  test('P19 P30 a call without arguments, first in the output', () => {
    const events = eventsFor([{ type: 'tool_use', id: 'call_1', name: 'get', input: {} }]);
    expect(typesOf(events).slice(2, -1)).toEqual([
      'output_item.added',
      'function_call_arguments.delta',
      'function_call_arguments.done',
      'output_item.done',
    ]);
    expect(events[4]).toMatchObject({ name: 'get', arguments: '{}', output_index: 0, item_id: 'fc_2' });
    expect(events[5]?.['item']).toEqual({
      id: 'fc_2',
      type: 'function_call',
      status: 'completed',
      call_id: 'call_1',
      name: 'get',
      arguments: '{}',
    });
  });

  test('a free-form tool of a namespace is called in its own form, its input unwrapped', () => {
    const events = eventsFor([{ type: 'tool_use', id: 'c', name: 'files__patch', input: { input: '*** "a"\n' } }]);
    expect(typesOf(events).slice(2, -1)).toEqual([
      'output_item.added',
      'custom_tool_call_input.delta',
      'custom_tool_call_input.done',
      'output_item.done',
    ]);
    expect(events[5]?.['item']).toEqual({
      id: 'ctc_2',
      type: 'custom_tool_call',
      status: 'completed',
      call_id: 'c',
      name: 'patch',
      namespace: 'files',
      input: '*** "a"\n',
    });
  });

  test('P2 P79 two searches under one id are two items, and both end', () => {
    const search = { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'q' } };
    const done = eventsFor([search, search]).filter(({ type }) => type === 'response.output_item.done');
    expect(
      done.map(({ output_index, item }) => [output_index, objectAt({ item: item ?? null }, 'item')?.['status']]),
    ).toEqual([
      [0, 'incomplete'],
      [1, 'incomplete'],
    ]);
  });

  test('P34 a web search and its result are one item', () => {
    const content = [
      { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'q' } },
      {
        type: 'web_search_tool_result',
        tool_use_id: 's',
        content: [{ type: 'web_search_result', url: 'https://a.test/' }],
      },
    ];
    const events = eventsFor(content, {}, ENCRYPTED);
    expect(typesOf(events).slice(2, -1)).toEqual([
      'output_item.added',
      'web_search_call.in_progress',
      'web_search_call.searching',
      'web_search_call.completed',
      'output_item.done',
    ]);
    const action = { type: 'search', query: 'q', queries: ['q'], sources: [{ type: 'url', url: 'https://a.test/' }] };
    expect(events[6]?.['item']).toEqual({ id: 'ws_2', type: 'web_search_call', status: 'completed', action });
  });

  test('P108 P49 a ping is a comment', () => {
    const encoder = createStreamEncoder(answeringWith());
    expect(Buffer.from(encoder.push({ type: 'ping' })).toString()).toBe(': keep-alive\n\n');
  });

  test('P59 P116 a cut answer: the last item and the response are incomplete, with the usage', () => {
    const fields = { stop_reason: 'max_tokens', usage: { input_tokens: 4, output_tokens: 2 } };
    const events = eventsFor(
      [
        { type: 'thinking', thinking: '', signature: 'x' },
        { type: 'text', text: 'Hel' },
      ],
      fields,
    );
    expect(events.at(-2)).toMatchObject({ type: 'response.output_item.done', item: { status: 'incomplete' } });
    expect(events.at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: { status: 'incomplete', usage: { total_tokens: 6 } },
    });
  });
});

describe('the end of a Responses stream', () => {
  const begun = messageOf([
    { type: 'text', text: 'Hello' },
    { type: 'tool_use', id: 'c', name: 'get', input: { a: 1 } },
  ]);
  const busy = new GatewayError('overloaded', 'Busy');

  test('P111 P28 P15 wherever it is cut, one event ends it, and nothing comes after', () => {
    const events = eventsOf(begun);
    for (let cut = 0; cut <= events.length; cut++) {
      const encoder = createStreamEncoder(answeringWith());
      const bytes = [
        ...events.slice(0, cut).map((event) => encoder.push(event)),
        encoder.fail(busy, 'req_1'),
        encoder.fail(busy, 'req_1'),
        encoder.push({ type: 'message_stop' }),
        encoder.end(),
      ];
      const told = dataOf(Buffer.concat(bytes)).map(jsonOf);
      expect(told.filter(({ type }) => TERMINAL.has(String(type)))).toEqual([told.at(-1)]);
      expect(told[0]?.['type']).toBe('response.created');
      expect(told.map(({ sequence_number }) => sequence_number)).toEqual(told.map((_, index) => index));
      expect(told.at(-1)?.['type']).toBe(cut === events.length ? 'response.completed' : 'response.failed');
    }
  });

  test('P111 a failed response holds what there is of it, and why', () => {
    const encoder = createStreamEncoder(answeringWith());
    const events = eventsOf(begun);
    const lastPiece = events.findLastIndex(({ type }) => type === 'content_block_delta');
    for (const event of events.slice(0, lastPiece)) encoder.push(event);
    const [failed] = dataOf(encoder.fail(busy, 'req_1')).map(jsonOf);
    expect(failed?.['response']).toMatchObject({
      id: 'resp_1',
      status: 'failed',
      error: { code: 'overloaded', message: 'Busy' },
      incomplete_details: null,
      output: [
        { type: 'message', status: 'completed', content: [{ text: 'Hello' }] },
        { type: 'function_call', status: 'incomplete', arguments: '{"a":1' },
      ],
      usage: { input_tokens: 10, output_tokens: 5 },
    });
  });

  test('P111 a stream that just ends has failed', () => {
    const encoder = createStreamEncoder(answeringWith());
    encoder.push({ type: 'message_start', message: messageOf([]) });
    expect(typesOf(dataOf(encoder.end()).map(jsonOf))).toEqual(['failed']);
  });

  test('P111 so has one whose upstream reports an error', () => {
    const encoder = createStreamEncoder(answeringWith());
    const told = encoder.push({ type: 'error', error: { type: 'api_error', message: 'Broken' } });
    expect(typesOf(dataOf(told).map(jsonOf))).toEqual(['created', 'in_progress', 'failed']);
  });
});

test('P27 P29 P111 accumulated, a stream is the whole answer', () => {
  fc.assert(
    fc.property(messages, fc.constantFrom({}, ENCRYPTED), (message, body) => {
      const whole = jsonOf(formatResponse(message, answeringWith(body)));
      const events = dataOf(streamOf(message, body)).map(jsonOf);
      expect(objectAt(events.at(-1) ?? {}, 'response')).toEqual(whole);
      expect(accumulate(events)).toEqual(whole['output']);
      expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
      expect(events.filter(({ type }) => TERMINAL.has(String(type)))).toHaveLength(1);
    }),
  );
});
