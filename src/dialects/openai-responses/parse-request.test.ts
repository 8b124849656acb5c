import { describe, expect, test } from 'vitest';
import { testTools } from '../../../test/support/codec-tools.ts';
import { GatewayError } from '../../core/error.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { parseRequest } from './parse-request.ts';

const tools = testTools();
const parse = (body: JsonObject) => parseRequest(body, 'generate', tools);
const withFields = (fields: JsonObject) => parse({ model: 'm', input: 'hi', ...fields });
const withInput = (...input: Json[]) => parse({ model: 'm', input });
const USER: JsonObject = { role: 'user', content: 'hi' };
const text = (words: string): JsonObject => ({ type: 'text', text: words });
const call = (callId: string, more: JsonObject = {}): JsonObject => ({
  type: 'function_call',
  id: `fc_${callId}`,
  call_id: callId,
  name: 'f',
  arguments: '{}',
  status: 'completed',
  ...more,
});
const output = (callId: string, value: Json): JsonObject => ({
  type: 'function_call_output',
  call_id: callId,
  output: value,
});
const use = (id: string): JsonObject => ({ type: 'tool_use', id, name: 'f', input: {}, extra: { input_text: '{}' } });
const result = (id: string, words: string): JsonObject => ({
  type: 'tool_result',
  tool_use_id: id,
  content: [text(words)],
});
const said = (words: string, more: JsonObject = {}): JsonObject => ({
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text: words, annotations: [], logprobs: [] }],
  ...more,
});
const sealed = tools.envelope.seal({ origin: 'acme', data: { text: 'deep', signature: 's' } });

describe('settings', () => {
  test.each<{ title: string; fields: JsonObject; gives: JsonObject }>([
    { title: 'instructions', fields: { instructions: 'be' }, gives: { system: [text('be')] } },
    { title: 'max_output_tokens', fields: { max_output_tokens: 9 }, gives: { max_tokens: 9 } },
    { title: 'sampling', fields: { temperature: 2, top_p: 0 }, gives: { temperature: 2, top_p: 0 } },
    {
      title: 'effort and summary',
      fields: { reasoning: { effort: 'medium', summary: 'auto', context: 'auto' } },
      gives: { output_config: { effort: 'medium' }, extra: { reasoning_effort: 'medium', reasoning_summary: 'auto' } },
    },
    {
      title: 'the old name of summary',
      fields: { reasoning: { effort: null, generate_summary: 'concise' } },
      gives: { extra: { reasoning_summary: 'concise' } },
    },
    {
      title: 'no effort',
      fields: { reasoning: { effort: 'none' } },
      gives: { thinking: { type: 'disabled' }, extra: { reasoning_effort: 'none' } },
    },
    {
      title: 'P17 a schema for the answer, and verbosity',
      fields: {
        text: {
          verbosity: 'low',
          format: { type: 'json_schema', name: 'n', strict: false, schema: { type: 'object' } },
        },
      },
      gives: {
        output_config: { format: { type: 'json_schema', schema: { type: 'object' } } },
        extra: { schema_name: 'n', schema_strict: false, verbosity: 'low' },
      },
    },
    { title: 'an empty text object', fields: { text: {} }, gives: {} },
    {
      title: 'sealed reasoning to be included',
      fields: { include: ['reasoning.encrypted_content'], store: false },
      gives: { extra: { include: ['reasoning.encrypted_content'] } },
    },
    {
      title: 'probabilities to be included',
      fields: { include: ['message.output_text.logprobs'] },
      gives: { extra: { logprobs: true } },
    },
    {
      title: 'what asks for nothing',
      fields: {
        include: [],
        truncation: 'disabled',
        background: false,
        previous_response_id: null,
        conversation: null,
        prompt: null,
        context_management: [],
        max_tool_calls: 5,
        tools: [],
        tool_choice: 'auto',
        parallel_tool_calls: true,
        stream_options: { include_obfuscation: false },
      },
      gives: {},
    },
    {
      title: 'the rest that both formats have',
      fields: { user: 'u', prompt_cache_key: 'k', metadata: { a: 'b' }, service_tier: 'priority', store: true },
      gives: {
        metadata: { user_id: 'u' },
        extra: { user: 'u', prompt_cache_key: 'k', metadata: { a: 'b' }, service_tier: 'priority', store: true },
      },
    },
  ])('takes $title', ({ fields, gives }) => {
    expect(withFields(fields)).toEqual({
      request: { model: 'm', messages: [{ role: 'user', content: [text('hi')] }], ...gives },
      losses: [],
    });
  });

  test.each<{ title: string; fields: JsonObject; losses: JsonObject[] }>([
    {
      title: 'what else is to be included',
      fields: { include: ['reasoning.encrypted_content', 'web_search_call.action.sources'] },
      losses: [{ code: 'include_dropped', field: 'include[1]' }],
    },
    {
      title: 'truncation',
      fields: { truncation: 'auto' },
      losses: [{ code: 'truncation_dropped', field: 'truncation' }],
    },
    {
      title: 'metadata of the client',
      fields: { client_metadata: { a: 'b' } },
      losses: [{ code: 'metadata_dropped', field: 'client_metadata' }],
    },
    {
      title: 'edits of the context',
      fields: { context_management: [{ type: 'clear' }] },
      losses: [{ code: 'context_management_dropped', field: 'context_management[0]' }],
    },
    {
      title: 'the scope and mode of reasoning',
      fields: { reasoning: { context: 'all_turns', mode: 'pro' } },
      losses: [
        { code: 'unknown_field', field: 'reasoning.context' },
        { code: 'unknown_field', field: 'reasoning.mode' },
      ],
    },
    { title: 'an unknown field', fields: { wish: 1 }, losses: [{ code: 'unknown_field', field: 'wish' }] },
  ])('reports $title', ({ fields, losses }) => {
    expect(withFields(fields).losses).toEqual(losses);
  });

  test.each<[string, JsonObject]>([
    ['context_management[0]', { context_management: [{ type: 'compaction', compact_threshold: 9 }] }],
    ['include[0]', { include: [1] }],
    ['reasoning.effort', { reasoning: { effort: 'extreme' } }],
    ['text.format.type', { text: { format: { type: 'xml' } } }],
    ['text.format.schema', { text: { format: { type: 'json_schema', name: 'n' } } }],
    ['instructions', { instructions: 7 }],
    ['max_tool_calls', { max_tool_calls: 'x' }],
    ['max_output_tokens', { max_output_tokens: 0 }],
  ])('refuses and names %s', (field, fields) => {
    expect(() => withFields(fields)).toThrow(expect.objectContaining({ status: 400, field }));
  });

  test('P114 takes the body of input_tokens', () => {
    const body = { model: 'm', input: 'hi', instructions: 'be', tools: [{ type: 'function', name: 'f' }] };
    expect(parseRequest(body, 'count_tokens', tools)).toEqual(parse(body));
  });
});

describe('input', () => {
  test.each<{ title: string; input: JsonObject[]; gives: JsonObject }>([
    {
      title: 'P69 messages without type and id',
      input: [
        USER,
        { role: 'assistant', content: 'yo' },
        { role: 'user', content: [{ type: 'input_text', text: 'so' }] },
      ],
      gives: {
        messages: [
          { role: 'user', content: [text('hi')] },
          { role: 'assistant', content: [text('yo')] },
          { role: 'user', content: [text('so')] },
        ],
      },
    },
    {
      title: 'P52 developer messages, leading and in their place',
      input: [
        { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'a' }] },
        { role: 'system', content: 'b' },
        USER,
        { role: 'developer', content: 'c' },
      ],
      gives: {
        system: [text('a'), text('b')],
        messages: [
          { role: 'user', content: [text('hi')] },
          { role: 'system', content: [text('c')] },
        ],
      },
    },
    {
      title: 'P5 P53 P100 a round of Codex: reasoning, words with a phase, and calls in one turn, their order kept',
      input: [
        USER,
        {
          type: 'reasoning',
          id: 'rs_1',
          summary: [
            { type: 'summary_text', text: 'a' },
            { type: 'summary_text', text: 'b' },
          ],
          encrypted_content: sealed,
        },
        said('wait', { phase: 'commentary' }),
        call('call_a'),
        call('call_b'),
        output('call_a', 'A'),
        output('call_b', [{ type: 'input_text', text: 'B' }]),
        USER,
        said('done', { phase: 'final_answer' }),
      ],
      gives: {
        messages: [
          { role: 'user', content: [text('hi')] },
          {
            role: 'assistant',
            content: [
              { type: 'thinking', thinking: 'a\n\nb', signature: sealed },
              text('wait'),
              use('call_a'),
              use('call_b'),
            ],
            extra: { phase: 'commentary' },
          },
          { role: 'user', content: [result('call_a', 'A'), result('call_b', 'B'), text('hi')] },
          { role: 'assistant', content: [text('done')], extra: { phase: 'final_answer' } },
        ],
      },
    },
    {
      title: 'P100 two phases as two turns',
      input: [USER, said('wait', { phase: 'commentary' }), said('done', { phase: 'final_answer' })],
      gives: {
        messages: [
          { role: 'user', content: [text('hi')] },
          { role: 'assistant', content: [text('wait')], extra: { phase: 'commentary' } },
          { role: 'assistant', content: [text('done')], extra: { phase: 'final_answer' } },
        ],
      },
    },
    {
      title: 'P1 the same tool again and again',
      input: [USER, call('a'), output('a', '1'), call('b'), output('b', '2')],
      gives: {
        messages: [
          { role: 'user', content: [text('hi')] },
          { role: 'assistant', content: [use('a')] },
          { role: 'user', content: [result('a', '1')] },
          { role: 'assistant', content: [use('b')] },
          { role: 'user', content: [result('b', '2')] },
        ],
      },
    },
    {
      title: 'P22 pictures and files that a tool answers',
      input: [
        USER,
        call('a'),
        output('a', [
          { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low' },
          { type: 'input_file', filename: 'a.pdf', file_url: 'https://a.test/a.pdf' },
        ]),
      ],
      gives: {
        messages: [
          { role: 'user', content: [text('hi')] },
          { role: 'assistant', content: [use('a')] },
          {
            role: 'user',
            content: [
              {
                type: 'tool_result',
                tool_use_id: 'a',
                content: [
                  {
                    type: 'image',
                    source: { type: 'base64', media_type: 'image/png', data: 'AAAA' },
                    extra: { detail: 'low' },
                  },
                  { type: 'document', source: { type: 'url', url: 'https://a.test/a.pdf' }, title: 'a.pdf' },
                ],
              },
            ],
          },
        ],
      },
    },
    {
      title: 'refusals as what was said',
      input: [USER, said('', { content: [{ type: 'refusal', refusal: 'No.' }] })],
      gives: {
        messages: [
          { role: 'user', content: [text('hi')] },
          { role: 'assistant', content: [text('No.')] },
        ],
      },
    },
  ])('takes $title', ({ input, gives }) => {
    expect(withInput(...input)).toEqual({ request: { model: 'm', ...gives }, losses: [] });
  });

  test.each<{ title: string; item: JsonObject; losses: JsonObject[] }>([
    {
      title: 'P7 P86 reasoning with a state that is not ours',
      item: { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAA' },
      losses: [{ code: 'thinking_dropped', field: 'input[1]' }],
    },
    {
      title: 'P99 reasoning without a state',
      item: { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'hm' }] },
      losses: [{ code: 'thinking_dropped', field: 'input[1]' }],
    },
    {
      title: 'P2 both halves of a search that OpenAI ran',
      item: { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'x' } },
      losses: [{ code: 'server_tool_dropped', field: 'input[1]' }],
    },
  ])('leaves out and reports $title', ({ item, losses }) => {
    expect(withInput(USER, item, said('so'))).toEqual({
      request: {
        model: 'm',
        messages: [
          { role: 'user', content: [text('hi')] },
          { role: 'assistant', content: [text('so')] },
        ],
      },
      losses,
    });
  });

  test('reports annotations, probabilities and broken arguments, and P74 keeps the arguments as text', () => {
    const content = [{ type: 'output_text', text: 'x', annotations: [{ type: 'url_citation' }], logprobs: [{}] }];
    const { request, losses } = withInput(
      USER,
      said('', { content }),
      call('a', { arguments: '{"x"' }),
      output('a', '1'),
    );
    expect(request.messages[1]?.content).toEqual([
      text('x'),
      { type: 'tool_use', id: 'a', name: 'f', input: { _raw: '{"x"' } },
    ]);
    expect(losses).toEqual([
      { code: 'annotations_dropped', field: 'input[1].content[0].annotations' },
      { code: 'logprobs_dropped', field: 'input[1].content[0].logprobs' },
      { code: 'invalid_arguments_wrapped', field: 'input[2].arguments' },
    ]);
  });

  test('P53 a result behind a message of the user stands in front of it', () => {
    const { request, losses } = withInput(USER, call('a'), USER, output('a', 'A'));
    expect(request.messages).toEqual([
      { role: 'user', content: [text('hi')] },
      { role: 'assistant', content: [use('a')] },
      { role: 'user', content: [result('a', 'A'), text('hi')] },
    ]);
    expect(losses).toEqual([{ code: 'order_changed', field: 'input[3].call_id' }]);
  });

  test.each<{ title: string; input: JsonObject[]; field: string; says: string }>([
    {
      title: 'P112 calls without outputs, by their ids',
      input: [USER, call('call_a'), call('call_b')],
      field: 'input[1].call_id',
      says: 'No tool output found for function call call_a, call_b.',
    },
    {
      title: 'P112 an output without its call',
      input: [USER, output('call_x', 'A')],
      field: 'input[1].call_id',
      says: 'No tool call found for function call output with call_id call_x.',
    },
    {
      title: 'P50 compaction',
      input: [USER, { type: 'compaction', encrypted_content: 'x' }],
      field: 'input[1].type',
      says: 'compaction',
    },
    {
      title: 'P50 a shell of the vendor',
      input: [USER, { type: 'local_shell_call' }],
      field: 'input[1].type',
      says: 'local_shell_call',
    },
    {
      title: 'sound',
      input: [{ role: 'user', content: [{ type: 'input_audio' }] }],
      field: 'input[0].content[0].type',
      says: 'input_audio',
    },
    {
      title: 'a picture by a file id',
      input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'file-1' }] }],
      field: 'input[0].content[0].file_id',
      says: 'Uploaded files',
    },
    {
      title: 'calls by programs',
      input: [USER, call('a', { caller: { type: 'program', caller_id: 'p' } })],
      field: 'input[1].caller',
      says: 'programs',
    },
    { title: 'an empty text', input: [{ role: 'developer', content: '' }], field: 'input', says: 'with content' },
  ])('refuses $title', ({ input, field, says }) => {
    const refusal = refusalOf(() => withInput(...input));
    expect(refusal.field).toBe(field);
    expect(refusal.message).toContain(says);
  });
});

function refusalOf(run: () => unknown): GatewayError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.status === 400) return thrown;
    throw thrown;
  }
  throw new Error('was not refused');
}
