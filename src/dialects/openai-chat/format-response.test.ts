import { describe, expect, test } from 'vitest';
import { lossesOf } from '../../../test/support/messages-codec.ts';
import { answeringWith, jsonOf, listAt, messageOf } from '../../../test/support/openai-answers.ts';
import { type JsonObject, objectAt } from '../../core/json.ts';
import type { Loss } from '../../core/loss.ts';
import type { ContentBlock } from '../../core/message.ts';
import { formatCount, formatResponse } from './format-response.ts';

const answer = (content: ContentBlock[], fields: JsonObject = {}) =>
  jsonOf(formatResponse(messageOf(content, fields), answeringWith()));

const choice = (content: ContentBlock[], fields: JsonObject = {}) =>
  listAt(answer(content, fields), 'choices')[0] ?? {};

const lossesIn = (content: ContentBlock[], fields: JsonObject = {}) => {
  const losses: Loss[] = [];
  formatResponse(messageOf(content, fields), answeringWith({}, { report: (loss) => losses.push(loss) }));
  return lossesOf(losses);
};

describe('a whole Chat answer', () => {
  test('P27 P70 P83 text: every field that clients read, and no empty lists', () => {
    const usage = { input_tokens: 10, cache_read_input_tokens: 4, output_tokens: 5, service_tier: 'standard' };
    expect(
      answer(
        [
          { type: 'text', text: 'Hel' },
          { type: 'text', text: 'lo' },
        ],
        { usage },
      ),
    ).toEqual({
      id: 'chatcmpl_1',
      object: 'chat.completion',
      created: Date.UTC(2026, 0, 2, 3, 4, 5) / 1000,
      model: 'public-model',
      service_tier: 'default',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 14,
        prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 0 },
        completion_tokens: 5,
        completion_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 19,
      },
    });
  });

  test('P6 P19 thinking and a call without text: content null', () => {
    const content = [
      { type: 'thinking', thinking: 'hm', signature: 'ezm1.x' },
      { type: 'tool_use', id: 'call_1', name: 'get', input: {} },
    ];
    expect(choice(content)).toEqual({
      index: 0,
      message: {
        role: 'assistant',
        content: null,
        refusal: null,
        reasoning_content: 'hm',
        reasoning_details: [{ type: 'reasoning.encrypted', data: 'ezm1.x', index: 0 }],
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'get', arguments: '{}' } }],
      },
      logprobs: null,
      finish_reason: 'tool_calls',
    });
  });

  test.each([
    { name: 'P115 as they were written', extra: { input_text: '{"n":1.0}' }, input: { n: 1 }, told: '{"n":1.0}' },
    { name: 'P20 cut, as they were', extra: {}, input: { _raw: '{"n":1' }, told: '{"n":1' },
    { name: 'made of the input', extra: {}, input: { n: [1, 'ß'] }, told: '{"n":[1,"ß"]}' },
  ])('arguments: $name', ({ extra, input, told }) => {
    const { message } = choice([{ type: 'tool_use', id: 'c', name: 'get', input, extra }]);
    expect(message).toMatchObject({ tool_calls: [{ function: { arguments: told } }] });
  });

  test.each([
    { name: 'P26 end_turn', stop: 'end_turn', finish: 'stop', losses: [] },
    { name: 'P26 max_tokens', stop: 'max_tokens', finish: 'length', losses: [] },
    {
      name: 'P26 a full context',
      stop: 'model_context_window_exceeded',
      finish: 'length',
      losses: ['stop_reason_changed answer.stop_reason'],
    },
    { name: 'P26 refusal', stop: 'refusal', finish: 'content_filter', losses: [] },
    { name: 'P26 pause_turn', stop: 'pause_turn', finish: 'stop', losses: ['stop_reason_changed answer.stop_reason'] },
    {
      name: 'P26 P92 a reason of tomorrow',
      stop: 'eos',
      finish: 'stop',
      losses: ['stop_reason_changed answer.stop_reason'],
    },
    { name: 'P26 none', stop: null, finish: 'stop', losses: [] },
    { name: 'P82 tool_use without any call', stop: 'tool_use', finish: 'stop', losses: [] },
  ])('$name', ({ stop, finish, losses }) => {
    const text = [{ type: 'text', text: 'a' }];
    expect(choice(text, { stop_reason: stop })).toMatchObject({ finish_reason: finish });
    expect(lossesIn(text, { stop_reason: stop })).toEqual(losses);
  });

  test.each(['end_turn', 'stop_sequence', 'tool_use', 'eos'])(
    'P43 P82 with a call, %s is tool_calls',
    (stop_reason) => {
      const call = [{ type: 'tool_use', id: 'c', name: 'get', input: {} }];
      expect(choice(call, { stop_reason })).toMatchObject({ finish_reason: 'tool_calls' });
    },
  );

  test('P20 a cut call stays cut', () => {
    const call = [{ type: 'tool_use', id: 'c', name: 'get', input: {} }];
    expect(choice(call, { stop_reason: 'max_tokens' })).toMatchObject({ finish_reason: 'length' });
  });

  test('a refusal in the model’s words', () => {
    const fields = { stop_reason: 'refusal', stop_details: { type: 'refusal', explanation: 'No.' } };
    expect(choice([{ type: 'text', text: 'Well' }], fields)).toMatchObject({
      message: { content: 'Well', refusal: 'No.' },
      finish_reason: 'content_filter',
    });
  });

  test('web citations become annotations of the place in the whole text; others are reported', () => {
    const page = { type: 'web_search_result_location', url: 'https://a.test/', title: 'A', encrypted_index: 'x' };
    const content = [
      { type: 'text', text: 'See: ' },
      { type: 'text', text: 'it is so', citations: [page, { type: 'page_location' }] },
    ];
    expect(objectAt(choice(content), 'message')?.['annotations']).toEqual([
      { type: 'url_citation', url_citation: { start_index: 5, end_index: 13, url: 'https://a.test/', title: 'A' } },
    ]);
    expect(lossesIn(content)).toEqual(['citations_dropped answer.content.1.citations']);
  });

  test('P34 P50 what has no place is left out and reported, both halves of a pair', () => {
    const content = [
      { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'q' } },
      { type: 'web_search_tool_result', tool_use_id: 's', content: [] },
      { type: 'block_of_tomorrow' },
      { type: 'text', text: 'a' },
    ];
    expect(objectAt(choice(content), 'message')).toEqual({ role: 'assistant', content: 'a', refusal: null });
    expect(lossesIn(content)).toEqual([
      'server_tool_dropped answer.content.0',
      'server_tool_dropped answer.content.1',
      'block_dropped answer.content.2',
    ]);
  });

  test('fields of the end that Chat has no place for are reported', () => {
    const fields = { stop_reason: 'stop_sequence', stop_sequence: 'END', container: { id: 'c' } };
    expect(lossesIn([{ type: 'text', text: 'a' }], fields)).toEqual([
      'stop_sequence_dropped answer.stop_sequence',
      'container_dropped answer.container',
    ]);
  });
});

test('a count of tokens', () => {
  expect(jsonOf(formatCount(12))).toEqual({ object: 'response.input_tokens', input_tokens: 12 });
});
