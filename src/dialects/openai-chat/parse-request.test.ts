import { describe, expect, test } from 'vitest';
import { testTools } from '../../../test/support/codec-tools.ts';
import { GatewayError } from '../../core/error.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { parseRequest } from './parse-request.ts';

const tools = testTools();
const USER: JsonObject = { role: 'user', content: 'hi' };
const parse = (body: JsonObject) => parseRequest(body, 'generate', tools);
const withFields = (fields: JsonObject) => parse({ model: 'm', messages: [USER], ...fields });
const withMessages = (...messages: Json[]) => parse({ model: 'm', messages });
const text = (words: string): JsonObject => ({ type: 'text', text: words });
const call = (id: string, name = 'f', args: Json = '{}'): JsonObject => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});
const use = (id: string, name = 'f', input: JsonObject = {}): JsonObject => ({
  type: 'tool_use',
  id,
  name,
  input,
  extra: { input_text: JSON.stringify(input) },
});
const result = (id: string, words: string): JsonObject => ({
  type: 'tool_result',
  tool_use_id: id,
  content: [text(words)],
});
const sealed = tools.envelope.seal({ origin: 'acme', data: { text: 'deep', signature: 's' } });

/** The refusal of a body: its message, and the field that it names. */
function refusalOf(run: () => unknown): { message: string; field: string | undefined } {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.status === 400)
      return { message: thrown.message, field: thrown.field };
    throw thrown;
  }
  throw new Error('was not refused');
}

describe('settings', () => {
  test.each<{ title: string; fields: JsonObject; gives: JsonObject }>([
    { title: 'max_completion_tokens', fields: { max_completion_tokens: 9 }, gives: { max_tokens: 9 } },
    {
      title: 'the newer limit over the older',
      fields: { max_completion_tokens: 9, max_tokens: 7 },
      gives: { max_tokens: 9 },
    },
    {
      title: 'the newer limit, whatever comes first',
      fields: { max_tokens: 7, max_completion_tokens: 9 },
      gives: { max_tokens: 9 },
    },
    { title: 'the old limit', fields: { max_tokens: 7 }, gives: { max_tokens: 7 } },
    { title: 'P73 one stop text', fields: { stop: 'END' }, gives: { stop_sequences: ['END'] } },
    { title: 'several stop texts', fields: { stop: ['a', ' '] }, gives: { stop_sequences: ['a', ' '] } },
    {
      title: 'sampling as it is, the cap being the target’s matter',
      fields: { temperature: 1.5, top_p: 0.5, top_k: 40 },
      gives: { temperature: 1.5, top_p: 0.5, top_k: 40 },
    },
    { title: 'top_k that means no limit', fields: { top_k: -1 }, gives: {} },
    { title: 'stream', fields: { stream: true, stream_options: { include_usage: true } }, gives: { stream: true } },
    { title: 'nulls as not sent', fields: { stop: null, tools: null, user: null, reasoning_effort: null }, gives: {} },
    { title: 'a user', fields: { user: 'u' }, gives: { metadata: { user_id: 'u' }, extra: { user: 'u' } } },
    {
      title: 'the safety identifier before the user',
      fields: { safety_identifier: 's', user: 'u' },
      gives: { metadata: { user_id: 's' }, extra: { safety_identifier: 's', user: 'u' } },
    },
    {
      title: 'tier auto',
      fields: { service_tier: 'auto' },
      gives: { service_tier: 'auto', extra: { service_tier: 'auto' } },
    },
    {
      title: 'tier default',
      fields: { service_tier: 'default' },
      gives: { service_tier: 'standard_only', extra: { service_tier: 'default' } },
    },
    { title: 'tier flex', fields: { service_tier: 'flex' }, gives: { extra: { service_tier: 'flex' } } },
    {
      title: 'effort',
      fields: { reasoning_effort: 'xhigh' },
      gives: { output_config: { effort: 'xhigh' }, extra: { reasoning_effort: 'xhigh' } },
    },
    {
      title: 'minimal effort',
      fields: { reasoning_effort: 'minimal' },
      gives: { output_config: { effort: 'low' }, extra: { reasoning_effort: 'minimal' } },
    },
    {
      title: 'no effort',
      fields: { reasoning_effort: 'none' },
      gives: { thinking: { type: 'disabled' }, extra: { reasoning_effort: 'none' } },
    },
    {
      title: 'P39 of two knobs only the first',
      fields: { reasoning_effort: 'high', reasoning: { effort: 'low' } },
      gives: { output_config: { effort: 'high' }, extra: { reasoning_effort: 'high' } },
    },
    {
      title: 'the router’s reasoning object',
      fields: { reasoning: { effort: 'high', enabled: true } },
      gives: { output_config: { effort: 'high' }, extra: { reasoning_effort: 'high' } },
    },
    {
      title: 'reasoning switched off',
      fields: { reasoning: { enabled: false } },
      gives: { thinking: { type: 'disabled' }, extra: { reasoning_effort: 'none' } },
    },
    {
      title: 'a reasoning budget',
      fields: { reasoning: { max_tokens: 2000 } },
      gives: { thinking: { type: 'enabled', budget_tokens: 2000 } },
    },
    {
      title: 'reasoning switched on',
      fields: { reasoning: { enabled: true } },
      gives: { thinking: { type: 'adaptive' } },
    },
    {
      title: 'P17 a schema for the answer, with no tool in its place',
      fields: {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'n', description: 'd', strict: true, schema: { type: 'object' } },
        },
      },
      gives: {
        output_config: { format: { type: 'json_schema', schema: { type: 'object' } } },
        extra: { schema_name: 'n', schema_description: 'd', schema_strict: true },
      },
    },
    {
      title: 'P17 JSON without a schema',
      fields: { response_format: { type: 'json_object' } },
      gives: { extra: { json_object: true } },
    },
    { title: 'plain text', fields: { response_format: { type: 'text' } }, gives: {} },
    {
      title: 'what only OpenAI has',
      fields: {
        seed: 1,
        frequency_penalty: 0.5,
        presence_penalty: -0.5,
        logit_bias: { 1: 2 },
        logprobs: true,
        top_logprobs: 2,
        n: 2,
        prediction: { type: 'content', content: 'x' },
        prompt_cache_key: 'k',
        prompt_cache_retention: '24h',
        metadata: { a: 'b' },
        store: true,
        verbosity: 'low',
      },
      gives: {
        extra: {
          seed: 1,
          frequency_penalty: 0.5,
          presence_penalty: -0.5,
          logit_bias: { 1: 2 },
          logprobs: true,
          top_logprobs: 2,
          n: 2,
          prediction: { type: 'content', content: 'x' },
          prompt_cache_key: 'k',
          prompt_cache_retention: '24h',
          metadata: { a: 'b' },
          store: true,
          verbosity: 'low',
        },
      },
    },
    {
      title: 'values that ask for nothing',
      fields: {
        n: 1,
        logprobs: false,
        top_logprobs: 0,
        logit_bias: {},
        frequency_penalty: 0,
        presence_penalty: 0,
        store: false,
        metadata: {},
        modalities: ['text'],
        tools: [],
        tool_choice: 'auto',
        parallel_tool_calls: true,
      },
      gives: {},
    },
  ])('takes $title', ({ fields, gives }) => {
    expect(withFields(fields)).toEqual({
      request: { model: 'm', messages: [{ role: 'user', content: [text('hi')] }], ...gives },
      losses: [],
    });
  });

  test.each<{ title: string; fields: JsonObject; losses: JsonObject[] }>([
    {
      title: 'an unknown field',
      fields: { wish: 1, no_wish: null },
      losses: [{ code: 'unknown_field', field: 'wish' }],
    },
    {
      title: 'cache options',
      fields: { prompt_cache_options: { mode: 'explicit' } },
      losses: [{ code: 'cache_hint_dropped', field: 'prompt_cache_options' }],
    },
    {
      title: 'what a reasoning object says besides',
      fields: { reasoning: { effort: 'low', exclude: true } },
      losses: [{ code: 'unknown_field', field: 'reasoning.exclude' }],
    },
  ])('reports $title', ({ fields, losses }) => {
    expect(withFields(fields).losses).toEqual(losses);
  });

  test.each<[string, JsonObject]>([
    ['temperature', { temperature: 2.1 }],
    ['temperature', { temperature: '1' }],
    ['top_p', { top_p: -1 }],
    ['max_tokens', { max_tokens: 0 }],
    ['max_completion_tokens', { max_completion_tokens: 1.5 }],
    ['stop[1]', { stop: ['a', 1] }],
    ['n', { n: 0 }],
    ['reasoning_effort', { reasoning_effort: 'extreme' }],
    ['reasoning.effort', { reasoning: { effort: 'extreme' } }],
    ['response_format.type', { response_format: { type: 'grammar' } }],
    ['response_format.json_schema.schema', { response_format: { type: 'json_schema', json_schema: { name: 'x' } } }],
    ['modalities[1]', { modalities: ['text', 'audio'] }],
    ['audio', { audio: { voice: 'x' } }],
    ['prompt_cache_options.prewarm', { prompt_cache_options: { prewarm: true } }],
    ['tool_choice', { tool_choice: 'required' }],
    ['parallel_tool_calls', { parallel_tool_calls: 'no' }],
  ])('refuses and names %s', (field, fields) => {
    const refusal = refusalOf(() => withFields(fields));
    expect(refusal.field).toBe(field);
    expect(refusal.message.startsWith(`${field}: `)).toBe(true);
  });
});

describe('messages', () => {
  test.each<{ title: string; messages: JsonObject[]; gives: JsonObject }>([
    {
      title: 'P52 leading system texts into the system prompt, later ones in their place',
      messages: [
        { role: 'system', content: 'a' },
        { role: 'developer', content: [text('b')] },
        USER,
        { role: 'system', content: 'c' },
        { role: 'developer', content: 'd' },
      ],
      gives: {
        system: [text('a'), text('b')],
        messages: [
          { role: 'user', content: [text('hi')] },
          { role: 'system', content: [text('c'), text('d')] },
        ],
      },
    },
    {
      title: 'P53 a round of parallel calls into alternating turns, the results first',
      messages: [
        USER,
        { role: 'assistant', content: 'so', tool_calls: [call('a'), call('b')] },
        { role: 'tool', tool_call_id: 'b', content: 'B' },
        { role: 'tool', tool_call_id: 'a', content: [text('A')] },
        USER,
      ],
      gives: {
        messages: [
          { role: 'user', content: [text('hi')] },
          { role: 'assistant', content: [text('so'), use('a'), use('b')] },
          { role: 'user', content: [result('b', 'B'), result('a', 'A'), text('hi')] },
        ],
      },
    },
    {
      title: 'P37 no content beside calls, in each way it is spelled',
      messages: [
        USER,
        { role: 'assistant', content: null, tool_calls: [call('a')] },
        { role: 'tool', tool_call_id: 'a', content: 'A' },
        { role: 'assistant', content: '', tool_calls: [call('b')] },
        { role: 'tool', tool_call_id: 'b', content: 'B' },
        { role: 'assistant', tool_calls: [call('c')] },
        { role: 'tool', tool_call_id: 'c', content: '' },
      ],
      gives: {
        messages: [
          { role: 'user', content: [text('hi')] },
          { role: 'assistant', content: [use('a')] },
          { role: 'user', content: [result('a', 'A')] },
          { role: 'assistant', content: [use('b')] },
          { role: 'user', content: [result('b', 'B')] },
          { role: 'assistant', content: [use('c')] },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c' }] },
        ],
      },
    },
    {
      title: 'P83 an empty list of calls as none',
      messages: [USER, { role: 'assistant', content: 'x', tool_calls: [] }],
      gives: {
        messages: [
          { role: 'user', content: [text('hi')] },
          { role: 'assistant', content: [text('x')] },
        ],
      },
    },
    {
      title: 'names, and keeps speakers apart',
      messages: [
        { ...USER, name: 'ann' },
        { ...USER, name: 'ben' },
        { ...USER, name: 'ben' },
      ],
      gives: {
        messages: [
          { role: 'user', content: [text('hi')], extra: { name: 'ann' } },
          { role: 'user', content: [text('hi'), text('hi')], extra: { name: 'ben' } },
        ],
      },
    },
    {
      title: 'P115 P119 arguments as text, as an object, and none',
      messages: [
        USER,
        { role: 'assistant', tool_calls: [call('a', 'f', '{"x": 1.0}'), call('b', 'g', { y: 2 }), call('c', 'h', '')] },
        { role: 'tool', tool_call_id: 'a', content: 'A' },
        { role: 'tool', tool_call_id: 'b', content: 'B', name: 'g' },
        { role: 'tool', tool_call_id: 'c', content: 'C' },
      ],
      gives: {
        messages: [
          { role: 'user', content: [text('hi')] },
          {
            role: 'assistant',
            content: [
              { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 }, extra: { input_text: '{"x": 1.0}' } },
              { type: 'tool_use', id: 'b', name: 'g', input: { y: 2 } },
              { type: 'tool_use', id: 'c', name: 'h', input: {} },
            ],
          },
          { role: 'user', content: [result('a', 'A'), result('b', 'B'), result('c', 'C')] },
        ],
      },
    },
    {
      title: 'free-form calls',
      messages: [
        USER,
        { role: 'assistant', tool_calls: [{ id: 'a', type: 'custom', custom: { name: 'exec', input: 'ls' } }] },
        { role: 'tool', tool_call_id: 'a', content: 'A' },
      ],
      gives: {
        messages: [
          { role: 'user', content: [text('hi')] },
          {
            role: 'assistant',
            content: [{ type: 'tool_use', id: 'a', name: 'exec', input: { input: 'ls' }, extra: { custom: true } }],
          },
          { role: 'user', content: [{ ...result('a', 'A'), extra: { custom: true } }] },
        ],
      },
    },
    {
      title: 'the old functions, whose calls have no ids',
      messages: [
        USER,
        { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
        { role: 'function', name: 'f', content: '1' },
        { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
        { role: 'function', name: 'f', content: '2' },
      ],
      gives: {
        messages: [
          { role: 'user', content: [text('hi')] },
          { role: 'assistant', content: [use('call_1')] },
          { role: 'user', content: [result('call_1', '1')] },
          { role: 'assistant', content: [use('call_2')] },
          { role: 'user', content: [result('call_2', '2')] },
        ],
      },
    },
    {
      title: 'P5 P18 sealed thinking in front of the call it belongs to',
      messages: [
        USER,
        {
          role: 'assistant',
          content: 'so',
          reasoning_content: 'deep',
          reasoning_details: [
            { type: 'reasoning.encrypted', data: sealed, index: 0 },
            { type: 'reasoning.encrypted', data: sealed, index: 1 },
          ],
          tool_calls: [call('a')],
        },
        { role: 'tool', tool_call_id: 'a', content: 'A' },
      ],
      gives: {
        messages: [
          { role: 'user', content: [text('hi')] },
          {
            role: 'assistant',
            content: [
              { type: 'thinking', thinking: 'deep', signature: sealed },
              { type: 'thinking', thinking: '', signature: sealed },
              text('so'),
              use('a'),
            ],
          },
          { role: 'user', content: [result('a', 'A')] },
        ],
      },
    },
    {
      title: 'refusals as what was said',
      messages: [
        USER,
        { role: 'assistant', content: null, refusal: 'No.' },
        USER,
        { role: 'assistant', content: [{ type: 'refusal', refusal: 'Never.' }] },
      ],
      gives: {
        messages: [
          { role: 'user', content: [text('hi')] },
          { role: 'assistant', content: [text('No.')] },
          { role: 'user', content: [text('hi')] },
          { role: 'assistant', content: [text('Never.')] },
        ],
      },
    },
    {
      title: 'P25 P71 cache marks of parts and of whole messages, their lifetime included',
      messages: [
        { role: 'system', content: [{ ...text('a'), cache_control: { type: 'ephemeral', ttl: '1h' } }] },
        { role: 'user', content: 'hi', cache_control: { type: 'ephemeral' } },
        { role: 'assistant', tool_calls: [call('a', 'f', '')], cache_control: { type: 'ephemeral' } },
        { role: 'tool', tool_call_id: 'a', content: 'A', cache_control: { type: 'ephemeral' } },
      ],
      gives: {
        system: [{ ...text('a'), cache_control: { type: 'ephemeral', ttl: '1h' } }],
        messages: [
          { role: 'user', content: [{ ...text('hi'), cache_control: { type: 'ephemeral' } }] },
          {
            role: 'assistant',
            content: [{ type: 'tool_use', id: 'a', name: 'f', input: {}, cache_control: { type: 'ephemeral' } }],
          },
          { role: 'user', content: [{ ...result('a', 'A'), cache_control: { type: 'ephemeral' } }] },
        ],
      },
    },
  ])('takes $title', ({ messages, gives }) => {
    expect(withMessages(...messages)).toEqual({ request: { model: 'm', ...gives }, losses: [] });
  });

  test.each<{ title: string; messages: JsonObject[]; gives: JsonObject; losses: JsonObject[] }>([
    {
      title: 'P74 P90 arguments that are no JSON object, which go on as text',
      messages: [
        USER,
        { role: 'assistant', tool_calls: [call('a', 'f', '{"x":'), call('b', 'f', '[1]')] },
        { role: 'tool', tool_call_id: 'a', content: 'A' },
        { role: 'tool', tool_call_id: 'b', content: 'B' },
      ],
      gives: {
        messages: [
          { role: 'user', content: [text('hi')] },
          {
            role: 'assistant',
            content: [
              { type: 'tool_use', id: 'a', name: 'f', input: { _raw: '{"x":' } },
              { type: 'tool_use', id: 'b', name: 'f', input: { _raw: '[1]' } },
            ],
          },
          { role: 'user', content: [result('a', 'A'), result('b', 'B')] },
        ],
      },
      losses: [
        { code: 'invalid_arguments_wrapped', field: 'messages[1].tool_calls[0].function.arguments' },
        { code: 'invalid_arguments_wrapped', field: 'messages[1].tool_calls[1].function.arguments' },
      ],
    },
    {
      title: 'P85 P105 thinking that nobody can vouch for, which is left out and never said as text',
      messages: [
        USER,
        { role: 'assistant', content: 'x', reasoning_content: 'hm' },
        USER,
        {
          role: 'assistant',
          content: 'y',
          reasoning: 'hm',
          reasoning_details: [{ type: 'reasoning.text', text: 'hm' }],
        },
        USER,
        { role: 'assistant', content: 'z', reasoning_content: '' },
      ],
      gives: {
        messages: [
          { role: 'user', content: [text('hi')] },
          { role: 'assistant', content: [text('x')] },
          { role: 'user', content: [text('hi')] },
          { role: 'assistant', content: [text('y')] },
          { role: 'user', content: [text('hi')] },
          { role: 'assistant', content: [text('z')] },
        ],
      },
      losses: [
        { code: 'thinking_dropped', field: 'messages[1].reasoning_content' },
        { code: 'thinking_dropped', field: 'messages[3].reasoning_details' },
      ],
    },
    {
      title: 'P7 a state that another gateway or vendor made',
      messages: [
        USER,
        { role: 'assistant', content: 'x', reasoning_details: [{ type: 'reasoning.encrypted', data: 'gAAAA' }] },
      ],
      gives: {
        messages: [
          { role: 'user', content: [text('hi')] },
          { role: 'assistant', content: [text('x')] },
        ],
      },
      losses: [{ code: 'thinking_dropped', field: 'messages[1].reasoning_details' }],
    },
    {
      title: 'P37 empty messages: the assistant’s go, the user’s keep their place',
      messages: [
        { role: 'user', content: '' },
        { role: 'assistant', content: 'x' },
        { role: 'user', content: [text('')] },
        { role: 'assistant', content: '' },
        USER,
      ],
      gives: {
        messages: [
          { role: 'user', content: [text('(no content)')] },
          { role: 'assistant', content: [text('x')] },
          { role: 'user', content: [text('hi')] },
        ],
      },
      losses: [
        { code: 'empty_content_dropped', field: 'messages[0]' },
        { code: 'empty_content_dropped', field: 'messages[2].content[0]' },
        { code: 'empty_content_dropped', field: 'messages[2]' },
        { code: 'empty_content_dropped', field: 'messages[3]' },
      ],
    },
    {
      title: 'a conversation of system text only, whose last part asks',
      messages: [
        { role: 'system', content: 'a', name: 'boss' },
        { role: 'system', content: 'b' },
      ],
      gives: { system: [text('a')], messages: [{ role: 'user', content: [text('b')] }] },
      losses: [
        { code: 'name_dropped', field: 'messages[0].name' },
        { code: 'system_moved_into_user', field: 'messages' },
      ],
    },
    {
      title: 'an id that an earlier call had',
      messages: [
        USER,
        { role: 'assistant', tool_calls: [call('a')] },
        { role: 'tool', tool_call_id: 'a', content: '1' },
        { role: 'assistant', tool_calls: [call('a')] },
        { role: 'tool', tool_call_id: 'a', content: '2' },
      ],
      gives: {
        messages: [
          { role: 'user', content: [text('hi')] },
          { role: 'assistant', content: [use('a')] },
          { role: 'user', content: [result('a', '1')] },
          { role: 'assistant', content: [use('a_2')] },
          { role: 'user', content: [result('a_2', '2')] },
        ],
      },
      losses: [{ code: 'tool_id_changed', field: 'messages[3].tool_calls[0]' }],
    },
    {
      title: 'P53 results that come late, which stand behind their calls again',
      messages: [
        USER,
        { role: 'assistant', tool_calls: [call('a')] },
        { role: 'system', content: 'note' },
        { role: 'tool', tool_call_id: 'a', content: 'A' },
      ],
      gives: {
        messages: [
          { role: 'user', content: [text('hi')] },
          { role: 'assistant', content: [use('a')] },
          { role: 'user', content: [result('a', 'A')] },
          { role: 'system', content: [text('note')] },
        ],
      },
      losses: [{ code: 'order_changed', field: 'messages[3].tool_call_id' }],
    },
    {
      title: 'unknown fields and annotations of an earlier answer',
      messages: [
        USER,
        { role: 'assistant', content: 'x', annotations: [{ type: 'url_citation' }], mood: 'fine', audio: null },
      ],
      gives: {
        messages: [
          { role: 'user', content: [text('hi')] },
          { role: 'assistant', content: [text('x')] },
        ],
      },
      losses: [
        { code: 'unknown_field', field: 'messages[1].mood' },
        { code: 'annotations_dropped', field: 'messages[1].annotations' },
      ],
    },
    {
      title: 'OpenAI’s own cache breakpoints',
      messages: [
        {
          role: 'user',
          content: [
            { ...text('a'), prompt_cache_breakpoint: { mode: 'explicit' } },
            { ...text('b'), prompt_cache_breakpoint: { mode: 'explicit', ttl: '12h' } },
          ],
        },
      ],
      gives: {
        messages: [
          {
            role: 'user',
            content: [
              { ...text('a'), cache_control: { type: 'ephemeral' } },
              { ...text('b'), cache_control: { type: 'ephemeral', ttl: '1h' } },
            ],
          },
        ],
      },
      losses: [
        { code: 'cache_ttl_changed', field: 'messages[0].content[0].prompt_cache_breakpoint' },
        { code: 'cache_ttl_changed', field: 'messages[0].content[1].prompt_cache_breakpoint' },
      ],
    },
  ])('takes and reports $title', ({ messages, gives, losses }) => {
    expect(withMessages(...messages)).toEqual({ request: { model: 'm', ...gives }, losses });
  });

  test('P53 a longer history begins with the very same turns', () => {
    const history = [
      USER,
      { role: 'assistant', tool_calls: [call('a')] },
      { role: 'tool', tool_call_id: 'a', content: 'A' },
      { role: 'assistant', content: 'so' },
      USER,
    ];
    const short = withMessages(...history.slice(0, 3)).request.messages;
    expect(withMessages(...history).request.messages.slice(0, 3)).toEqual(short);
  });

  test.each<{ title: string; messages: JsonObject[]; field: string; says: string }>([
    {
      title: 'P112 calls without results, by their ids',
      messages: [USER, { role: 'assistant', tool_calls: [call('call_a'), call('call_b')] }, USER],
      field: 'messages[1].tool_calls[0]',
      says: 'did not have response messages: call_a, call_b',
    },
    {
      title: 'P112 a result without its call',
      messages: [USER, { role: 'tool', tool_call_id: 'call_x', content: 'A' }],
      field: 'messages[1].tool_call_id',
      says: "no call 'call_x'",
    },
    {
      title: 'P112 a second result for one call',
      messages: [
        USER,
        { role: 'assistant', tool_calls: [call('call_a')] },
        { role: 'tool', tool_call_id: 'call_a', content: 'A' },
        { role: 'tool', tool_call_id: 'call_a', content: 'A' },
      ],
      field: 'messages[3].tool_call_id',
      says: 'call_a',
    },
    {
      title: 'two calls at once with one id',
      messages: [USER, { role: 'assistant', tool_calls: [call('a'), call('a')] }],
      field: 'messages[1].tool_calls[1]',
      says: "'a'",
    },
    {
      title: 'P21 a call without an id',
      messages: [USER, { role: 'assistant', tool_calls: [{ type: 'function', function: { name: 'f' } }] }],
      field: 'messages[1].tool_calls[0].id',
      says: 'Missing',
    },
    {
      title: 'P50 unknown content',
      messages: [{ role: 'user', content: [{ type: 'hologram' }] }],
      field: 'messages[0].content[0].type',
      says: "'hologram'",
    },
    {
      title: 'sound',
      messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }],
      field: 'messages[0].content[0].type',
      says: "'input_audio'",
    },
    {
      title: 'a spoken answer',
      messages: [USER, { role: 'assistant', audio: { id: 'a' } }],
      field: 'messages[1].audio',
      says: 'Spoken',
    },
    {
      title: 'pictures in system text',
      messages: [{ role: 'system', content: [{ type: 'image_url', image_url: { url: 'https://a/b.png' } }] }],
      field: 'messages[0].content[0].type',
      says: 'image_url',
    },
    {
      title: 'no words at all',
      messages: [{ role: 'system', content: '' }],
      field: 'messages',
      says: 'with content',
    },
  ])('refuses $title', ({ messages, field, says }) => {
    const refusal = refusalOf(() => withMessages(...messages));
    expect(refusal.field).toBe(field);
    expect(refusal.message).toContain(says);
  });
});
