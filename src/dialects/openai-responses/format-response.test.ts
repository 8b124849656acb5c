import { describe, expect, test } from 'vitest';
import { lossesOf } from '../../../test/support/messages-codec.ts';
import { answeringWith, jsonOf, listAt, messageOf } from '../../../test/support/openai-answers.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Loss } from '../../core/loss.ts';
import type { ContentBlock } from '../../core/message.ts';
import { formatCount, formatResponse } from './format-response.ts';

const answer = (content: ContentBlock[], fields: JsonObject = {}, body: JsonObject = {}) =>
  jsonOf(formatResponse(messageOf(content, fields), answeringWith(body)));

const outputOf = (content: ContentBlock[], fields: JsonObject = {}, body: JsonObject = {}) =>
  listAt(answer(content, fields, body), 'output');

const lossesIn = (content: ContentBlock[], fields: JsonObject = {}) => {
  const losses: Loss[] = [];
  formatResponse(messageOf(content, fields), answeringWith({}, { report: (loss) => losses.push(loss) }));
  return lossesOf(losses);
};

const text = { type: 'text', text: 'Hello' };

describe('a whole response', () => {
  test('P27 every field that clients read, and what stands for what was not asked', () => {
    expect(answer([text], { usage: { input_tokens: 10, output_tokens: 5, service_tier: 'priority' } })).toEqual({
      id: 'resp_1',
      object: 'response',
      created_at: Date.UTC(2026, 0, 2, 3, 4, 5) / 1000,
      model: 'public-model',
      background: false,
      previous_response_id: null,
      store: false,
      status: 'completed',
      error: null,
      incomplete_details: null,
      output: [
        {
          id: 'msg_2',
          type: 'message',
          status: 'completed',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'Hello', annotations: [], logprobs: [] }],
        },
      ],
      usage: {
        input_tokens: 10,
        input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
        output_tokens: 5,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 15,
      },
      service_tier: 'priority',
      instructions: null,
      max_output_tokens: null,
      max_tool_calls: null,
      metadata: {},
      parallel_tool_calls: true,
      prompt_cache_key: null,
      prompt_cache_retention: null,
      reasoning: { effort: null, summary: null },
      safety_identifier: null,
      temperature: 1,
      text: { format: { type: 'text' } },
      tool_choice: 'auto',
      tools: [],
      top_logprobs: 0,
      top_p: 1,
      truncation: 'disabled',
      user: null,
    });
  });

  test('the fields of the request come back; nothing is stored', () => {
    const asked = {
      instructions: 'Be brief.',
      temperature: 0.2,
      metadata: { a: 'b' },
      reasoning: { effort: 'high' },
      tool_choice: 'required',
      tools: [{ type: 'custom', name: 'exec' }],
      parallel_tool_calls: false,
    };
    expect(
      answer([text], {}, { ...asked, model: 'alias', text: {}, user: null, store: true, input: 'hi' }),
    ).toMatchObject({
      ...asked,
      model: 'public-model',
      reasoning: { effort: 'high', summary: null },
      text: { format: { type: 'text' } },
      user: null,
      store: false,
    });
  });

  test('P6 P30 texts in a row share a message; thinking and calls stand between', () => {
    const output = outputOf([
      { type: 'thinking', thinking: 'hm', signature: 'x' },
      text,
      { type: 'text', text: 'again' },
      { type: 'tool_use', id: 'c1', name: 'files__read', input: { a: 1 } },
      { type: 'tool_use', id: 'c2', name: 'exec', input: { input: 'ls' } },
      { type: 'text', text: 'end' },
    ]);
    expect(output).toMatchObject([
      { id: 'rs_2', type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }] },
      { id: 'msg_3', type: 'message', content: [{ text: 'Hello' }, { text: 'again' }] },
      { id: 'fc_4', type: 'function_call', call_id: 'c1', name: 'read', namespace: 'files', arguments: '{"a":1}' },
      { id: 'ctc_5', type: 'custom_tool_call', call_id: 'c2', name: 'exec', input: 'ls' },
      { id: 'msg_6', type: 'message', content: [{ text: 'end' }] },
    ]);
  });

  test.each([
    { name: 'P115 as they were written', extra: { input_text: '{"n":1e3}' }, input: { n: 1000 }, told: '{"n":1e3}' },
    { name: 'P20 cut, as they were', extra: {}, input: { _raw: '{"n":1' }, told: '{"n":1' },
    { name: 'P19 none', extra: {}, input: {}, told: '{}' },
  ])('arguments: $name', ({ extra, input, told }) => {
    expect(outputOf([{ type: 'tool_use', id: 'c', name: 'get', input, extra }])).toMatchObject([{ arguments: told }]);
  });

  test.each([
    { name: 'as such', input: { input: 'a\nb' }, told: 'a\nb' },
    { name: 'none', input: {}, told: '' },
    { name: 'the model wrote other arguments', input: { text: 'a' }, told: '{"text":"a"}' },
    { name: 'P20 cut', input: { _raw: '{"input":"a' }, told: '{"input":"a' },
  ])('the input of a free-form tool: $name', ({ input, told }) => {
    expect(outputOf([{ type: 'tool_use', id: 'c', name: 'exec', input }])).toMatchObject([{ input: told }]);
  });

  test.each([
    { name: 'P26 end_turn', stop: 'end_turn', status: 'completed', details: null, losses: [] },
    { name: 'P26 tool_use', stop: 'tool_use', status: 'completed', details: null, losses: [] },
    {
      name: 'P33 max_tokens',
      stop: 'max_tokens',
      status: 'incomplete',
      details: { reason: 'max_output_tokens' },
      losses: [],
    },
    {
      name: 'P33 a full context',
      stop: 'model_context_window_exceeded',
      status: 'incomplete',
      details: { reason: 'max_output_tokens' },
      losses: ['stop_reason_changed answer.stop_reason'],
    },
    { name: 'P33 refusal', stop: 'refusal', status: 'incomplete', details: { reason: 'content_filter' }, losses: [] },
    {
      name: 'P26 pause_turn',
      stop: 'pause_turn',
      status: 'completed',
      details: null,
      losses: ['stop_reason_changed answer.stop_reason'],
    },
  ])('$name', ({ stop, status, details, losses }) => {
    const { status: told, incomplete_details, output } = answer([text], { stop_reason: stop });
    expect({ told, incomplete_details, output }).toMatchObject({
      told: status,
      incomplete_details: details,
      output: [{ status }],
    });
    expect(lossesIn([text], { stop_reason: stop })).toEqual(losses);
  });

  test('a refusal in the model’s words is a part of its own, and the response is complete', () => {
    const fields = { stop_reason: 'refusal', stop_details: { type: 'refusal', explanation: 'No.' } };
    const { status, output } = answer([text], fields);
    expect(status).toBe('completed');
    expect(output).toMatchObject([{ content: [{ text: 'Hello' }, { type: 'refusal', refusal: 'No.' }] }]);
    expect(outputOf([], fields)).toMatchObject([{ type: 'message', content: [{ type: 'refusal', refusal: 'No.' }] }]);
  });

  test('web citations become annotations of their part; others are reported', () => {
    const page = { type: 'web_search_result_location', url: 'https://a.test/', title: null };
    const content = [text, { type: 'text', text: 'so', citations: [page, { type: 'char_location' }] }];
    expect(outputOf(content)).toMatchObject([
      {
        content: [
          { annotations: [] },
          { annotations: [{ type: 'url_citation', start_index: 0, end_index: 2, url: 'https://a.test/', title: '' }] },
        ],
      },
    ]);
    expect(lossesIn(content)).toEqual(['citations_dropped answer.content.1.citations']);
  });

  test.each([
    { name: 'found', result: [{ type: 'web_search_result', url: 'https://a.test/' }], status: 'completed' },
    { name: 'an error', result: { type: 'web_search_tool_result_error', error_code: 'unavailable' }, status: 'failed' },
  ])('P34 a web search: $name; its sources only for those who asked', ({ result, status }) => {
    const content = [
      { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'q' } },
      { type: 'web_search_tool_result', tool_use_id: 's', content: result },
    ];
    const action = { type: 'search', query: 'q', queries: ['q'] };
    expect(outputOf(content)).toEqual([{ id: 'ws_2', type: 'web_search_call', status, action }]);
    expect(outputOf(content, {}, { include: ['web_search_call.action.sources'] })).toMatchObject([
      { action: { sources: status === 'completed' ? [{ type: 'url', url: 'https://a.test/' }] : [] } },
    ]);
    expect(lossesIn(content)).toEqual([]);
  });

  test('P34 a search that was not finished is incomplete', () => {
    const content = [{ type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'q' } }];
    expect(outputOf(content, { stop_reason: 'pause_turn' })).toMatchObject([{ status: 'incomplete' }]);
  });

  test('P34 P50 what has no place is left out and reported, both halves of a pair', () => {
    const content = [
      { type: 'server_tool_use', id: 's', name: 'code_execution', input: {} },
      { type: 'code_execution_tool_result', tool_use_id: 's', content: {} },
      { type: 'web_search_tool_result', tool_use_id: 'nobody', content: [] },
      { type: 'block_of_tomorrow' },
      text,
    ];
    expect(outputOf(content)).toMatchObject([{ type: 'message' }]);
    expect(lossesIn(content)).toEqual([
      'server_tool_dropped answer.content.0',
      'server_tool_dropped answer.content.1',
      'server_tool_dropped answer.content.2',
      'block_dropped answer.content.3',
    ]);
  });
});

test('a count of tokens', () => {
  expect(jsonOf(formatCount(12))).toEqual({ object: 'response.input_tokens', input_tokens: 12 });
});
