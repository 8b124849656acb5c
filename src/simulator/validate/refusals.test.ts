import { describe, expect, test } from 'vitest';
import { ask, call, makeSimulator, pngBase64, refusal } from '../../../test/support/simulator-harness.ts';
import type { Json, JsonObject } from '../../core/json.ts';

const OLD = 'claude-3-opus-20240229';
const MODERN = 'claude-opus-5';
const simulator = makeSimulator();

const user = (content: Json): JsonObject => ({ role: 'user', content });
const assistant = (content: Json): JsonObject => ({ role: 'assistant', content });
const tool = (name: string, more: JsonObject = {}): JsonObject => ({ name, input_schema: { type: 'object' }, ...more });
const toolUse = (id: string): JsonObject => ({ type: 'tool_use', id, name: 'lookup', input: {} });
const toolResult = (id: string): JsonObject => ({ type: 'tool_result', tool_use_id: id, content: 'ok' });
const image = (data: string, media_type = 'image/png'): JsonObject => ({
  type: 'image',
  source: { type: 'base64', media_type, data },
});
const marked = (text: string, ttl?: string): JsonObject => ({
  type: 'text',
  text,
  cache_control: { type: 'ephemeral', ...(ttl && { ttl }) },
});

type Row = [name: string, body: JsonObject, message: string | RegExp];

function refuses(rows: Row[], options: Parameters<typeof call>[2] = {}): void {
  test.each(rows)('%s', async (_name, body, message) => {
    const said = await refusal(simulator, body, options);
    if (typeof message === 'string') expect(said).toBe(`400 ${message}`);
    else expect(said).toMatch(message);
  });
}

describe('top-level fields (§4)', () => {
  const { max_tokens: _none, ...withoutLimit } = ask(OLD);
  const { messages: _messages, ...withoutMessages } = ask(OLD);
  refuses([
    ['max_tokens missing', withoutLimit, 'max_tokens: Field required'],
    ['messages missing', withoutMessages, 'messages: Field required'],
    ['messages empty', ask(OLD, { messages: [] }), 'messages: at least one message is required'],
    ['messages of another type', ask(OLD, { messages: 'hi' }), 'messages: Input should be a valid list'],
    ['model of another type', ask(OLD, { model: 7 }), 'model: Input should be a valid string'],
    ['max_tokens negative', ask(OLD, { max_tokens: -1 }), 'max_tokens: Input should be greater than or equal to 0'],
    ['max_tokens fractional', ask(OLD, { max_tokens: 1.5 }), /max_tokens: Input should be a valid integer/],
    ['stream as text', ask(OLD, { stream: 'true' }), 'stream: Input should be a valid boolean'],
    ['unknown key', ask(OLD, { foo: 1 }), 'foo: Extra inputs are not permitted'],
    ['unknown metadata key', ask(OLD, { metadata: { a: 1 } }), 'metadata.a: Extra inputs are not permitted'],
    [
      'blank stop sequence',
      ask(OLD, { stop_sequences: [' '] }),
      'stop_sequences: each stop sequence must contain non-whitespace',
    ],
    ['temperature too high', ask(OLD, { temperature: 1.1 }), 'temperature: Input should be less than or equal to 1'],
    ['service tier', ask(OLD, { service_tier: 'fast' }), "service_tier: Input should be 'auto' or 'standard_only'"],
    [
      'above the model limit',
      ask(OLD, { max_tokens: 32001 }),
      /max_tokens: 32001 > 32000, which is the maximum allowed/,
    ],
    [
      'zero with stream',
      ask(OLD, { max_tokens: 0, stream: true }),
      /max_tokens: 0 is not supported together with stream/,
    ],
    ['container without code execution', ask(OLD, { container: 'c_1' }), /container: /],
    [
      'unknown role',
      ask(OLD, { messages: [{ role: 'tool', content: 'x' }] }),
      /messages\.0\.role: Input should be 'user'/,
    ],
    [
      'text block without text',
      ask(OLD, { messages: [user([{ type: 'text' }])] }),
      'messages.0.content.0.text.text: Field required',
    ],
    [
      'unknown block',
      ask(OLD, { messages: [user([{ type: 'video' }])] }),
      /messages\.0\.content\.0: Input tag 'video'/,
    ],
    [
      'system text empty',
      ask(OLD, { system: [{ type: 'text', text: '' }] }),
      'system.0: text content blocks must be non-empty',
    ],
  ]);

  test('a thread is refused with the details that make clients go on without it', async () => {
    const { status, json } = await call(simulator, ask(MODERN, { thread: { type: 'create' } }));
    expect(status).toBe(400);
    expect(json['error']).toMatchObject({
      type: 'invalid_request_error',
      details: { error_code: 'thread_unsupported_request', unsupported: ['thread'] },
    });
  });

  test('an unknown model is a 404 that names it', async () => {
    const { json } = await call(simulator, ask('claude-nonesuch'));
    expect(json['error']).toEqual({ type: 'not_found_error', message: 'model: claude-nonesuch' });
  });

  test('bodies that are no JSON object', async () => {
    expect(await refusal(simulator, '{"model":')).toBe('400 The request body is not valid JSON');
    expect(await refusal(simulator, '[]')).toMatch(/^400 /);
  });
});

describe('API versions (§1)', () => {
  test('the header must be there and known', async () => {
    expect(await refusal(simulator, ask(OLD), { version: '' })).toBe('400 anthropic-version: header is required');
    expect(await refusal(simulator, ask(OLD), { version: '2024-01-01' })).toMatch(/400 anthropic-version: /);
  });

  const cited = { type: 'text', text: 'x', citations: [{ type: 'char_location' }] };
  const documentBlock = { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'x' } };
  refuses(
    [
      ['temperature even at its default', ask(OLD, { temperature: 1 }), 'temperature: Extra inputs are not permitted'],
      ['top_p', ask(OLD, { top_p: 1 }), 'top_p: Extra inputs are not permitted'],
      ['top_k', ask(OLD, { top_k: 1 }), 'top_k: Extra inputs are not permitted'],
      [
        'document in an assistant turn',
        ask(OLD, { messages: [user('a'), assistant([documentBlock]), user('b')] }),
        /messages\.1\.content\.0: /,
      ],
      ['citations in user text', ask(OLD, { messages: [user([cited])] }), /messages\.0\.content\.0\.text\.citations/],
    ],
    { version: '2026-10-21' },
  );

  test('the older version takes all of these', async () => {
    const body = ask(OLD, {
      temperature: 0.7,
      top_p: 0.9,
      top_k: 40,
      messages: [user('a'), assistant([documentBlock]), user([cited])],
    });
    expect((await call(simulator, body)).status).toBe(200);
  });
});

describe('messages (§4.1, §4.2)', () => {
  const prefill =
    'This model does not support assistant message prefill. The conversation must end with a user message.';
  const asked = [user('a'), assistant([toolUse('t1'), toolUse('t2')])];
  const system = { role: 'system', content: 'be brief' };
  refuses([
    ['assistant first', ask(OLD, { messages: [assistant('a')] }), 'messages: first message must use the "user" role'],
    [
      'empty text',
      ask(OLD, { messages: [user([{ type: 'text', text: '' }])] }),
      'messages.0.content.0: text content blocks must be non-empty',
    ],
    [
      'empty content',
      ask(OLD, { messages: [user('')] }),
      /messages\.0: all messages must have non-empty content except/,
    ],
    [
      'prefill with trailing blank',
      ask(OLD, { messages: [user('a'), assistant('b ')] }),
      /final assistant content cannot end with trailing whitespace/,
    ],
    ['prefill on a modern model', ask('claude-opus-4-6', { messages: [user('a'), assistant('b')] }), prefill],
    [
      'call without result',
      ask(OLD, { messages: [...asked, user([toolResult('t1')])] }),
      /messages\.1: `tool_use` ids were found without `tool_result` blocks immediately after: t2\. /,
    ],
    ['call at the end', ask(OLD, { messages: asked }), /`tool_use` ids were found without/],
    [
      'result without call',
      ask(OLD, { messages: [user([toolResult('t9')])] }),
      /messages\.0\.content\.0: unexpected `tool_use_id` found in `tool_result` blocks: t9/,
    ],
    [
      'text before results',
      ask(OLD, { messages: [...asked, user([{ type: 'text', text: 'x' }, toolResult('t1'), toolResult('t2')])] }),
      /`tool_result` blocks must come before/,
    ],
    [
      'tool id pattern',
      ask(OLD, { messages: [user('a'), assistant([toolUse('a b')])] }),
      /messages\.1\.content\.0\.tool_use\.id: String should match pattern/,
    ],
    [
      'tool id twice',
      ask(OLD, { messages: [user('a'), assistant([toolUse('t1'), toolUse('t1')]), user([toolResult('t1')])] }),
      /ids must be unique/,
    ],
    [
      'input not an object',
      ask(OLD, { messages: [user('a'), assistant([{ ...toolUse('t1'), input: 'x' }])] }),
      /tool_use\.input: Input should be a valid dictionary/,
    ],
    [
      'image in an assistant turn',
      ask(OLD, { messages: [user('a'), assistant([image('AAAA')])] }),
      /`image` blocks can only be in `user` messages/,
    ],
    [
      'tool_use in a user turn',
      ask(OLD, { messages: [user([toolUse('t1')])] }),
      /`tool_use` blocks can only be in `assistant` messages/,
    ],
    [
      'unresolved server tool with text',
      ask(OLD, {
        messages: [
          user('a'),
          assistant([{ type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }]),
          user('b'),
        ],
      }),
      /srvtoolu_1/,
    ],
    [
      'system role on an older model',
      ask('claude-sonnet-5', { messages: [user('a'), system] }),
      /Unexpected role "system"/,
    ],
    ['system role first', ask(MODERN, { messages: [system, user('a')] }), /400 messages/],
    ['system role before a user turn', ask(MODERN, { messages: [user('a'), system, user('b')] }), /messages\.1: /],
    [
      'image in a system turn',
      ask(MODERN, { messages: [user('a'), { role: 'system', content: [image('AAAA')] }] }),
      /messages\.1\.content\.0/,
    ],
  ]);

  test('what the rules allow is answered', async () => {
    const bodies = [
      ask(OLD, { messages: [user('a'), user('b')] }),
      ask(OLD, { messages: [user('a'), assistant('The answer is')] }),
      ask(OLD, { messages: [user('a'), assistant('')] }),
      ask(OLD, {
        messages: [...asked, user([toolResult('t1')]), user([toolResult('t2'), { type: 'text', text: 'x' }])],
      }),
      ask(MODERN, { messages: [user('a'), { ...system, output_config: { effort: 'low' } }] }),
      ask(MODERN, { messages: [user('a'), system, assistant('b'), user('c')] }),
    ];
    for (const body of bodies) expect((await call(simulator, body)).text).toContain('"type":"message"');
  });
});

describe('thinking in requests (§4.1, §4.3)', () => {
  const enabled = { type: 'enabled', budget_tokens: 2048 };
  const thinking = { max_tokens: 4096, thinking: enabled };
  const withTool = { tools: [tool('lookup')] };
  refuses([
    [
      'budget too small',
      ask(OLD, { thinking: { type: 'enabled', budget_tokens: 1000 } }),
      'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024',
    ],
    [
      'budget not below max_tokens',
      ask(OLD, { thinking: enabled }),
      /`max_tokens` must be greater than `thinking.budget_tokens`/,
    ],
    [
      'with a forced tool',
      ask(OLD, { ...thinking, ...withTool, tool_choice: { type: 'any' } }),
      'Thinking may not be enabled when tool_choice forces tool use.',
    ],
    ['with temperature', ask(OLD, { ...thinking, temperature: 0.5 }), /`temperature` may only be set to 1/],
    ['with top_k', ask(OLD, { ...thinking, top_k: 3 }), /`top_k` must be unset/],
    [
      'loop without leading thinking',
      ask(OLD, {
        ...thinking,
        ...withTool,
        messages: [user('a'), assistant([toolUse('t1')]), user([toolResult('t1')])],
      }),
      /messages\.1\.content\.0\.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`/,
    ],
    [
      'foreign signature',
      ask(OLD, {
        messages: [
          user('a'),
          assistant([
            { type: 'thinking', thinking: 'x', signature: 'Zm9v' },
            { type: 'text', text: 'b' },
          ]),
          user('c'),
        ],
      }),
      'messages.1.content.0: Invalid `signature` in `thinking` block',
    ],
    [
      'no signature',
      ask(OLD, { messages: [user('a'), assistant([{ type: 'thinking', thinking: 'x' }]), user('c')] }),
      'messages.1.content.0.thinking.signature: Field required',
    ],
    [
      'adaptive on 4.5',
      ask('claude-sonnet-4-5', { thinking: { type: 'adaptive' } }),
      'adaptive thinking is not supported on this model',
    ],
    ['enabled on 4.7', ask('claude-opus-4-7', thinking), /"thinking.type.enabled" is not supported for this model/],
    [
      'disabled on Fable',
      ask('claude-fable-5', { thinking: { type: 'disabled' } }),
      /"thinking.type.disabled" is not supported for this model/,
    ],
    [
      'disabled on Sonnet 5.5',
      ask('claude-sonnet-5-5', { thinking: { type: 'disabled' } }),
      /"thinking.type.disabled"/,
    ],
    [
      'disabled with high effort',
      ask(MODERN, { thinking: { type: 'disabled' }, output_config: { effort: 'xhigh' } }),
      /effort above 'high'/,
    ],
  ]);

  test.each([
    [
      'budget above max_tokens when interleaved',
      ask('claude-sonnet-4-5', { thinking: enabled, ...withTool }),
      'interleaved-thinking-2025-05-14',
    ],
    ['between_tools on Sonnet 5.5', ask('claude-sonnet-5-5', { thinking: { type: 'between_tools' } }), ''],
    ['adaptive and enabled on 4.6', ask('claude-sonnet-4-6', thinking), ''],
    [
      'disabled with effort high',
      ask(MODERN, { thinking: { type: 'disabled' }, output_config: { effort: 'high' } }),
      '',
    ],
    [
      'adaptive with display updates',
      ask('claude-haiku-5-5', { thinking: { type: 'adaptive', display: 'updates' } }),
      '',
    ],
    [
      'redacted thinking',
      ask(OLD, { messages: [user('a'), assistant([{ type: 'redacted_thinking', data: 'xyz' }]), user('b')] }),
      '',
    ],
  ])('accepted: %s', async (_name, body, betas) => {
    expect(await call(simulator, body, { betas })).toMatchObject({ status: 200 });
  });
});

describe('model rules (§4.3)', () => {
  const schema = { type: 'object', properties: {}, additionalProperties: false };
  const format = { type: 'json_schema', schema };
  const forced = { tools: [tool('lookup')], tool_choice: { type: 'tool', name: 'lookup' } };
  refuses([
    [
      'temperature after 4.6',
      ask('claude-opus-4-7', { temperature: 0.5 }),
      '`temperature` is deprecated for this model.',
    ],
    ['top_p after 4.6', ask('claude-opus-4-7', { top_p: 0.5 }), '`top_p` is deprecated for this model.'],
    ['top_k after 4.6', ask('claude-opus-4-7', { top_k: 5 }), '`top_k` is deprecated for this model.'],
    [
      'temperature with top_p on 4.5',
      ask('claude-opus-4-5', { temperature: 0.5, top_p: 0.5 }),
      /cannot both be specified/,
    ],
    [
      'effort on Claude 3',
      ask(OLD, { output_config: { effort: 'low' } }),
      'This model does not support the effort parameter.',
    ],
    ['max effort on Opus 4.5', ask('claude-opus-4-5', { output_config: { effort: 'max' } }), /output_config\.effort: /],
    ['xhigh effort on 4.6', ask('claude-opus-4-6', { output_config: { effort: 'xhigh' } }), /output_config\.effort: /],
    ['forced tool on Opus 5.5', ask('claude-opus-5-5', forced), /tool_choice: type 'tool' is not supported/],
    ['forced tool on Mythos Preview', ask('claude-mythos-preview', forced), /tool_choice: /],
    ['structured output on Claude 3', ask(OLD, { output_config: { format } }), /output_config\.format: /],
    [
      'structured output under both names',
      ask(MODERN, { output_config: { format }, output_format: format }),
      /output_format: /,
    ],
    [
      'open object in the schema',
      ask(MODERN, { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } }),
      /'additionalProperties' must be explicitly set to false/,
    ],
    [
      'prefill with structured output',
      ask('claude-sonnet-4-5', { output_config: { format }, messages: [user('a'), assistant('b')] }),
      /prefill/,
    ],
  ]);

  test('the defaults of sampling are no offence', async () => {
    expect((await call(simulator, ask('claude-opus-4-7', { temperature: 1, top_p: 0.99 }))).status).toBe(200);
    expect((await call(simulator, ask('claude-fable-5', forced))).status).toBe(200);
  });

  test('a prompt above the window', async () => {
    const body = ask(OLD, { messages: [user('x'.repeat(800_100))] });
    expect(await refusal(simulator, body)).toBe('400 prompt is too long: 200031 tokens > 200000 maximum');
  });
});

describe('tools (§6)', () => {
  refuses([
    ['name pattern', ask(OLD, { tools: [tool('a b')] }), /tools\.0\.custom\.name: String should match pattern/],
    ['no schema', ask(OLD, { tools: [{ name: 'a' }] }), 'tools.0.custom.input_schema: Field required'],
    [
      'schema without type',
      ask(OLD, { tools: [{ name: 'a', input_schema: {} }] }),
      'tools.0.custom.input_schema.type: Field required',
    ],
    [
      'union at the top',
      ask(OLD, { tools: [{ name: 'a', input_schema: { type: 'object', anyOf: [] } }] }),
      /does not support oneOf, allOf, or anyOf at the top level/,
    ],
    ['unknown type', ask(OLD, { tools: [{ type: 'teleport_1', name: 'a' }] }), /tools\.0: Input tag 'teleport_1'/],
    [
      'wrong fixed name',
      ask(OLD, { tools: [{ type: 'web_search_20250305', name: 'search' }] }),
      "tools.0.web_search_20250305.name: Input should be 'web_search'",
    ],
    [
      'both domain lists',
      ask(OLD, {
        tools: [{ type: 'web_search_20250305', name: 'web_search', allowed_domains: [], blocked_domains: [] }],
      }),
      /Only one of allowed_domains/,
    ],
    [
      'choice without tools',
      ask(OLD, { tool_choice: { type: 'auto' } }),
      /tool_choice may only be specified while providing tools/,
    ],
    [
      'choice of an unknown tool',
      ask(OLD, { tools: [tool('a')], tool_choice: { type: 'tool', name: 'b' } }),
      "Tool 'b' not found in provided tools",
    ],
    [
      'parallel flag on none',
      ask(OLD, { tools: [tool('a')], tool_choice: { type: 'none', disable_parallel_tool_use: true } }),
      /Extra inputs are not permitted/,
    ],
    [
      'every tool deferred',
      ask(OLD, { tools: [tool('a', { defer_loading: true })] }),
      /At least one tool must have defer_loading=false/,
    ],
    [
      'open strict schema',
      ask(OLD, { tools: [tool('a', { strict: true })] }),
      /tools\.0\.custom\.input_schema: For 'object' type/,
    ],
  ]);

  test('names must differ', async () => {
    const { json } = await call(simulator, ask(OLD, { tools: [tool('a'), tool('a')] }));
    expect(json['error']).toMatchObject({
      message: 'tools: Tool names must be unique.',
      details: { error_code: 'tool_name_conflict' },
    });
  });

  test('a reference must name a declared tool', async () => {
    const loaded = {
      type: 'tool_result',
      tool_use_id: 't1',
      content: [{ type: 'tool_reference', tool_name: 'ghost' }],
    };
    const { json } = await call(
      simulator,
      ask(OLD, { tools: [tool('lookup')], messages: [user('a'), assistant([toolUse('t1')]), user([loaded])] }),
    );
    expect(json['error']).toMatchObject({ details: { error_code: 'tool_reference_unresolved' } });
  });
});

describe('P12 cache breakpoints (§7)', () => {
  refuses([
    [
      'five',
      ask(OLD, { system: [marked('a'), marked('b'), marked('c')], messages: [user([marked('d'), marked('e')])] }),
      'A maximum of 4 blocks with cache_control may be provided. Found 5.',
    ],
    [
      'four and the automatic one',
      ask(OLD, { cache_control: { type: 'ephemeral' }, system: [marked('a'), marked('b'), marked('c'), marked('d')] }),
      /Found 5/,
    ],
    [
      '1h after 5m',
      ask(OLD, { system: [marked('a')], messages: [user([marked('b', '1h')])] }),
      /messages\.0\.content\.0\.cache_control\.ttl: a ttl='1h'/,
    ],
    [
      'automatic with another ttl',
      ask(OLD, { cache_control: { type: 'ephemeral' }, messages: [user([marked('b', '1h')])] }),
      /cache_control: the last block already has a different ttl/,
    ],
    [
      'ttl unknown',
      ask(OLD, { messages: [user([marked('b', '2h')])] }),
      /cache_control\.ttl: Input should be '5m' or '1h'/,
    ],
    [
      'on thinking',
      ask(OLD, {
        messages: [
          user('a'),
          assistant([{ type: 'redacted_thinking', data: 'x', cache_control: { type: 'ephemeral' } }]),
          user('b'),
        ],
      }),
      /redacted_thinking\.cache_control: Extra inputs/,
    ],
  ]);

  test('1h before 5m, and an automatic one on a block that is marked alike', async () => {
    const body = ask(OLD, {
      cache_control: { type: 'ephemeral' },
      system: [marked('a', '1h')],
      messages: [user([marked('b')])],
    });
    expect((await call(simulator, body)).status).toBe(200);
  });
});

describe('media (§4.1, §5)', () => {
  const withImage = (block: JsonObject, model = OLD): JsonObject => ask(model, { messages: [user([block])] });
  refuses([
    [
      'other bytes than said',
      withImage(image(pngBase64(2, 2), 'image/jpeg')),
      'messages.0.content.0.image.source.base64.data: Image does not match the provided media type image/jpeg',
    ],
    ['not base64', withImage(image('@@@@')), 'messages.0.content.0.image.source.base64.data: invalid base64 data'],
    ['not an image', withImage(image('aGVsbG8=')), /Could not process image/],
    ['media type unknown', withImage(image('AAAA', 'image/bmp')), /image\.source\.base64\.media_type: Input should be/],
    [
      'too wide',
      withImage(image(pngBase64(8001, 2))),
      /At least one of the image dimensions exceed max allowed size: 8000 pixels/,
    ],
    [
      'wide among many',
      ask(OLD, { messages: [user(Array.from({ length: 21 }, () => image(pngBase64(2001, 2))))] }),
      /many-image requests: 2000 pixels/,
    ],
    [
      'too many on a 200K model',
      ask(OLD, { messages: [user(Array.from({ length: 101 }, () => image(pngBase64(2, 2))))] }),
      /101 images > 100/,
    ],
    [
      'not a PDF',
      withImage({ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'aGVsbG8=' } }),
      /The PDF specified was not valid/,
    ],
    [
      'citations on one of two documents',
      ask(OLD, {
        messages: [
          user([
            { type: 'document', source: { type: 'url', url: 'https://a' } },
            { type: 'document', source: { type: 'url', url: 'https://b' }, citations: { enabled: true } },
          ]),
        ],
      }),
      /citations must be enabled on all or none/,
    ],
  ]);
});

describe('count_tokens (§3)', () => {
  test('takes no max_tokens and counts what messages would bill', async () => {
    const { max_tokens: limit, ...counted } = ask(OLD, { system: 'Be brief.' });
    const path = '/v1/messages/count_tokens?beta=true';
    const { json } = await call(simulator, counted, { path });
    const answer = await call(simulator, { ...counted, max_tokens: limit ?? null });
    expect(answer.json['usage']).toMatchObject({ input_tokens: json['input_tokens'] });
    expect(await refusal(simulator, ask(OLD), { path })).toBe('400 max_tokens: Extra inputs are not permitted');
  });
});
