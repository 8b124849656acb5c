import { describe, expect, test } from 'vitest';
import { ask, call, collect, eventsOf, makeSimulator, open, pngBase64 } from '../../test/support/simulator-harness.ts';
import { fold } from '../core/event.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { ANTHROPIC_MODELS } from '../providers/anthropic-models.ts';
import { SIMULATOR_MODELS } from '../providers/simulator-models.ts';

const OPUS = 'claude-3-opus-20240229';
const simulator = makeSimulator();

const WEATHER = {
  name: 'get_weather',
  description: '获取指定城市的天气信息',
  input_schema: {
    type: 'object',
    properties: { city: { type: 'string', description: '城市名称' } },
    required: ['city'],
  },
};

function content(json: JsonObject): JsonObject[] {
  const blocks = json['content'];
  return Array.isArray(blocks)
    ? blocks.filter((block): block is JsonObject => typeof block === 'object' && block !== null)
    : [];
}

function textOf(json: JsonObject): string {
  return content(json)
    .map((block) => block['text'] ?? '')
    .join('');
}

describe('examples of the API document', () => {
  test('a greeting is answered pleasantly, with usage', async () => {
    const { status, json, headers } = await call(simulator, ask(OPUS));
    expect(status).toBe(200);
    expect(headers['request-id']).toMatch(/^req_sim/);
    expect(json).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: OPUS,
      stop_reason: 'end_turn',
      stop_sequence: null,
    });
    expect(textOf(json)).toMatch(/^Hello! .*“Hello, Claude!”.*How can I help you today\?$/);
    expect(json['usage']).toMatchObject({
      input_tokens: 10,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      service_tier: 'standard',
    });
  });

  test('the system prompt is honoured', async () => {
    const system = 'You are a professional translator. Translate all user input to Chinese.';
    const { json } = await call(
      simulator,
      ask(OPUS, { system, messages: [{ role: 'user', content: 'Hello, how are you today?' }] }),
    );
    expect(textOf(json)).toContain('Hello, how are you today?');
    expect(textOf(json)).toContain(system);
  });

  test('a Chinese prompt streams a Chinese answer', async () => {
    const { text, headers } = await call(
      simulator,
      ask(OPUS, { stream: true, messages: [{ role: 'user', content: '讲一个故事' }] }),
    );
    expect(headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(textOf(fold(eventsOf(text)))).toContain('讲一个故事');
  });

  test('the weather tool is called with the city of the question', async () => {
    const { json } = await call(
      simulator,
      ask(OPUS, { tools: [WEATHER], messages: [{ role: 'user', content: '北京今天天气怎么样?' }] }),
    );
    expect(json['stop_reason']).toBe('tool_use');
    expect(content(json)).toMatchObject([
      { type: 'tool_use', name: 'get_weather', input: { city: '北京' }, caller: { type: 'direct' } },
    ]);
  });

  test('images by URL and by base64 are named with what is known of them', async () => {
    const byUrl = { type: 'image', source: { type: 'url', url: 'https://example.com/image.jpg' } };
    const inline = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pngBase64(640, 480) } };
    const { json } = await call(
      simulator,
      ask(OPUS, { messages: [{ role: 'user', content: [byUrl, inline, { type: 'text', text: '描述这张图片' }] }] }),
    );
    expect(textOf(json)).toContain('描述这张图片');
    expect(textOf(json)).toContain('https://example.com/image.jpg');
    expect(textOf(json)).toContain('image/png, 640×480');
  });

  test('every model of both tables answers by id and alias, its own name echoed', async () => {
    const plain = [...ANTHROPIC_MODELS, ...SIMULATOR_MODELS].filter((model) => model.fault === undefined);
    for (const name of plain.flatMap((model) => [model.id, ...model.aliases])) {
      expect((await call(simulator, ask(name))).json).toMatchObject({ model: name, stop_reason: 'end_turn' });
    }
  });
});

describe('documents', () => {
  test('PDF and text are described, also inside tool results', async () => {
    const pdf = Buffer.from('%PDF-1.4\n<< /Type /Pages >>\n<< /Type /Page >>\n<< /Type/Page >>').toString('base64');
    const blocks: Json = [
      { type: 'document', title: 'Report', source: { type: 'base64', media_type: 'application/pdf', data: pdf } },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Plain words' } },
    ];
    const { json } = await call(simulator, ask(OPUS, { messages: [{ role: 'user', content: blocks }] }));
    expect(textOf(json)).toContain('Document 1 “Report”: application/pdf, 2 page(s)');
    expect(textOf(json)).toContain('Document 2: text/plain, 11 characters, “Plain words”');
  });
});

describe('limits of an answer', () => {
  test('max_tokens cuts the text and says so', async () => {
    const { json } = await call(simulator, ask(OPUS, { max_tokens: 5 }));
    expect(json).toMatchObject({ stop_reason: 'max_tokens', usage: { output_tokens: 5 } });
    expect(textOf(json)).toHaveLength(18);
  });

  test('a cut never splits a character', async () => {
    for (const max_tokens of [1, 2, 3, 4, 5, 6, 7]) {
      const { json } = await call(
        simulator,
        ask(OPUS, { max_tokens, messages: [{ role: 'user', content: '你好😀😀😀' }] }),
      );
      expect(textOf(json)).not.toContain('\uFFFD');
      expect(textOf(json).isWellFormed()).toBe(true);
    }
  });

  test('max_tokens 0 only warms the cache', async () => {
    const { json } = await call(simulator, ask(OPUS, { max_tokens: 0 }));
    expect(json).toMatchObject({ content: [], stop_reason: 'max_tokens', usage: { output_tokens: 0 } });
  });

  test('the first stop sequence ends the text before itself', async () => {
    const { json } = await call(
      simulator,
      ask(OPUS, { stop_sequences: ['two', 'one'], messages: [{ role: 'user', content: 'zero one two' }] }),
    );
    expect(json).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: 'one' });
    expect(textOf(json)).toBe('You said: “zero ');
  });
});

describe('tools', () => {
  const ask2 = (text: string, more: JsonObject = {}): JsonObject =>
    ask(OPUS, { messages: [{ role: 'user', content: text }], ...more });
  const time = {
    name: 'get_time',
    input_schema: {
      type: 'object',
      properties: { zone: { type: 'string', enum: ['UTC', 'CET'] } },
      required: ['zone'],
    },
  };
  const names = (json: JsonObject): Json[] => content(json).map((block) => block['name'] ?? null);

  test('the fitting tool among several, with arguments for its schema', async () => {
    const { json } = await call(simulator, ask2('What time is it in CET?', { tools: [WEATHER, time] }));
    expect(content(json)).toMatchObject([{ name: 'get_time', input: { zone: 'CET' } }]);
  });

  test('both tools that a text names, unless parallel use is off', async () => {
    const text = 'Tell me the weather and the time in Paris';
    expect(names((await call(simulator, ask2(text, { tools: [WEATHER, time] }))).json)).toEqual([
      'get_weather',
      'get_time',
    ]);
    const single = { tools: [WEATHER, time], tool_choice: { type: 'auto', disable_parallel_tool_use: true } };
    expect(names((await call(simulator, ask2(text, single))).json)).toHaveLength(1);
  });

  test('forced, any, none', async () => {
    const tools = [WEATHER, time];
    expect(
      names((await call(simulator, ask2('x', { tools, tool_choice: { type: 'tool', name: 'get_time' } }))).json),
    ).toEqual(['get_time']);
    expect(names((await call(simulator, ask2('x', { tools, tool_choice: { type: 'any' } }))).json)).toEqual([
      'get_weather',
    ]);
    const none = await call(simulator, ask2('weather in Paris', { tools, tool_choice: { type: 'none' } }));
    expect(none.json['stop_reason']).toBe('end_turn');
  });

  test('server tools are accepted and left alone; typed client tools are called when forced', async () => {
    const search = { type: 'web_search_20250305', name: 'web_search' };
    expect((await call(simulator, ask2('search the web', { tools: [search] }))).json['stop_reason']).toBe('end_turn');
    const bash = { type: 'bash_20250124', name: 'bash' };
    expect((await call(simulator, ask2('use bash', { tools: [bash] }))).json['stop_reason']).toBe('end_turn');
    const forced = await call(simulator, ask2('use bash', { tools: [bash], tool_choice: { type: 'any' } }));
    expect(content(forced.json)).toMatchObject([{ name: 'bash', input: { command: expect.any(String) } }]);
  });

  test('results are answered from, and ids differ from round to round', async () => {
    const first = await call(simulator, ask2('weather in Paris?', { tools: [WEATHER] }));
    const [used] = content(first.json);
    const messages = [
      { role: 'user', content: 'weather in Paris?' },
      { role: 'assistant', content: [used ?? {}] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: used?.['id'] ?? '', content: '18 °C, sunny' }] },
    ];
    const second = await call(simulator, ask(OPUS, { tools: [WEATHER], messages }));
    expect(second.json['stop_reason']).toBe('end_turn');
    expect(textOf(second.json)).toContain('get_weather answered: 18 °C, sunny');
    const forced = await call(simulator, ask(OPUS, { tools: [WEATHER], messages, tool_choice: { type: 'any' } }));
    expect(content(forced.json)[0]?.['id']).not.toBe(used?.['id']);
  });
});

describe('structured output', () => {
  test('the answer is JSON for the schema', async () => {
    const schema = {
      type: 'object',
      properties: { title: { type: 'string' }, tags: { type: 'array', items: { enum: ['a', 'b'] } } },
      required: ['title', 'tags'],
      additionalProperties: false,
    };
    const { json } = await call(
      simulator,
      ask('claude-opus-5', { tools: [], output_config: { format: { type: 'json_schema', schema } } }),
    );
    expect(JSON.parse(textOf(json))).toEqual({ title: 'Hello, Claude!', tags: ['a'] });
  });
});

describe('thinking', () => {
  const enabled = { max_tokens: 4096, thinking: { type: 'enabled', budget_tokens: 2048 } };

  async function think(model: string, more: JsonObject): Promise<JsonObject> {
    const { json } = await call(simulator, ask(model, more));
    return content(json)[0] ?? {};
  }

  async function sendBack(model: string, block: JsonObject): Promise<{ status: number; text: string }> {
    const messages = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: [block, { type: 'text', text: 'b' }] },
      { role: 'user', content: 'c' },
    ];
    return call(simulator, ask(model, { ...(model === OPUS ? enabled : {}), messages }));
  }

  test('a block with a signature that is good when it comes back whole', async () => {
    const block = await think(OPUS, enabled);
    expect(block).toMatchObject({ type: 'thinking', thinking: expect.stringContaining('Hello, Claude!') });
    expect((await sendBack(OPUS, block)).status).toBe(200);
    expect((await sendBack(OPUS, { ...block, thinking: 'changed' })).text).toContain(
      'in the latest assistant message cannot be modified',
    );
    const forged = `${String(block['signature']).slice(0, -4)}AAA=`;
    expect((await sendBack(OPUS, { ...block, signature: forged })).text).toContain(
      'messages.1.content.0: Invalid `signature` in `thinking` block',
    );
  });

  test('a signature is bound to the model family', async () => {
    const block = await think(OPUS, enabled);
    expect((await sendBack('claude-opus-4-8', block)).status).toBe(200);
    expect((await sendBack('claude-3-haiku-20240307', block)).status).toBe(400);
  });

  test('newer models show no text by default, but sign it', async () => {
    const block = await think('claude-opus-5', { thinking: { type: 'adaptive' } });
    expect(block).toMatchObject({ type: 'thinking', thinking: '', signature: expect.stringMatching(/.{40}/) });
    const shown = await think('claude-opus-5', { thinking: { type: 'adaptive', display: 'summarized' } });
    expect(shown['thinking']).not.toBe('');
    const hidden = await think(OPUS, {
      max_tokens: 4096,
      thinking: { type: 'enabled', budget_tokens: 2048, display: 'omitted' },
    });
    expect(hidden['thinking']).toBe('');
  });

  test('its tokens are output tokens', async () => {
    const { json } = await call(simulator, ask(OPUS, enabled));
    const usage = json['usage'];
    expect(usage).toMatchObject({ output_tokens_details: { thinking_tokens: expect.any(Number) } });
  });
});

describe('streams (§9)', () => {
  const bodies: [string, JsonObject][] = [
    ['text', ask(OPUS)],
    ['thinking', ask(OPUS, { max_tokens: 4096, thinking: { type: 'enabled', budget_tokens: 2048 } })],
    ['omitted thinking', ask('claude-opus-5', { thinking: { type: 'adaptive' } })],
    ['tools', ask(OPUS, { tools: [WEATHER], tool_choice: { type: 'any' } })],
    [
      'context management',
      ask(OPUS, { context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] } }),
    ],
    ['max_tokens', ask(OPUS, { max_tokens: 3 })],
  ];

  test.each(bodies)('%s: folded, it is the whole answer', async (_name, body) => {
    const whole = await call(simulator, body);
    const events = eventsOf((await call(simulator, { ...body, stream: true })).text);
    expect({ ...fold(events), id: '' }).toEqual({ ...whole.json, id: '' });
    expect(events.map((event) => event.type).filter((type) => !type.startsWith('content_block'))).toEqual([
      'message_start',
      'ping',
      'message_delta',
      'message_stop',
    ]);
    expect(events.slice(0, 3).map((event) => event.type)).toEqual(['message_start', 'content_block_start', 'ping']);
  });

  test('the opening holds input counts and no end; the closing is cumulative', async () => {
    const events = eventsOf((await call(simulator, ask(OPUS, { stream: true }))).text);
    expect(events[0]).toMatchObject({
      message: { content: [], stop_reason: null, usage: { input_tokens: 10, output_tokens: 1 } },
    });
    expect(events.at(-2)).toMatchObject({
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { input_tokens: 10 },
    });
  });

  test('text goes word by word, tool input opens with an empty piece, the signature comes last', async () => {
    const deltas = async (body: JsonObject): Promise<JsonObject[]> =>
      eventsOf((await call(simulator, { ...body, stream: true })).text).flatMap((event) =>
        event.type === 'content_block_delta' ? [event.delta] : [],
      );
    expect((await deltas(ask(OPUS)))[0]).toEqual({ type: 'text_delta', text: 'Hello! ' });
    expect((await deltas(ask(OPUS, { tools: [WEATHER], tool_choice: { type: 'any' } })))[0]).toEqual({
      type: 'input_json_delta',
      partial_json: '',
    });
    const thought = await deltas(ask('claude-opus-5', { thinking: { type: 'adaptive', display: 'summarized' } }));
    expect(thought.findLastIndex((delta) => delta['type'] === 'thinking_delta')).toBe(
      thought.findIndex((delta) => delta['type'] === 'signature_delta') - 1,
    );
  });

  test('without pacing events share chunks; with pacing each has its own', async () => {
    const count = async (pacing: number): Promise<number> =>
      (await collect((await open(makeSimulator({ pacing }), ask(OPUS, { stream: true }))).body)).length;
    expect(await count(0)).toBe(1);
    expect(await count(1)).toBeGreaterThan(10);
  });
});

describe('determinism', () => {
  test('two simulators differ in nothing but ids', async () => {
    const body = ask(OPUS, {
      tools: [WEATHER],
      max_tokens: 4096,
      thinking: { type: 'enabled', budget_tokens: 2048 },
      messages: [{ role: 'user', content: 'weather in Oslo' }],
    });
    const one = await call(makeSimulator(), body);
    const other = await call(makeSimulator({ newId: (prefix) => `${prefix}x` }), body);
    expect({ ...one.json, id: '' }).toEqual({ ...other.json, id: '' });
    expect(one.json['id']).not.toBe(other.json['id']);
  });
});

describe('prompt cache (§7, §8)', () => {
  const long = (words: string): string => words.repeat(2000);
  const usage = async (target: typeof simulator, body: JsonObject): Promise<Json> =>
    (await call(target, body)).json['usage'] ?? null;
  const body = (text: string, ttl = '5m'): JsonObject =>
    ask(OPUS, {
      system: [{ type: 'text', text: long('rules '), cache_control: { type: 'ephemeral', ttl } }],
      messages: [{ role: 'user', content: text }],
    });

  test('written once, then read, until it expires', async () => {
    let now = 0;
    const target = makeSimulator({ now: () => now });
    const written = {
      input_tokens: 7,
      cache_creation_input_tokens: 3003,
      cache_read_input_tokens: 0,
      cache_creation: { ephemeral_5m_input_tokens: 3003, ephemeral_1h_input_tokens: 0 },
    };
    const read = { input_tokens: 7, cache_creation_input_tokens: 0, cache_read_input_tokens: 3003 };
    expect(await usage(target, body('Hello, Claude!'))).toMatchObject(written);
    expect(await usage(target, body('Hello, Gemini!'))).toMatchObject(read);
    now = 299_999;
    expect(await usage(target, body('Hello, Claude!'))).toMatchObject(read);
    now += 300_000;
    expect(await usage(target, body('Hello, Claude!'))).toMatchObject(written);
  });

  test('1h and 5m writes are told apart, and what grows is added to what is read', async () => {
    const target = makeSimulator();
    const mixed = (more: Json[]): JsonObject => ({
      ...body('x', '1h'),
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: long('more ') },
            ...more,
            { type: 'text', text: 'last', cache_control: { type: 'ephemeral' } },
          ],
        },
      ],
    });
    expect(await usage(target, mixed([]))).toMatchObject({
      input_tokens: 0,
      cache_creation: { ephemeral_1h_input_tokens: 3003, ephemeral_5m_input_tokens: 2504 },
    });
    expect(await usage(target, mixed([]))).toMatchObject({
      input_tokens: 0,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 5507,
    });
    expect(await usage(target, mixed([{ type: 'text', text: 'new!' }]))).toMatchObject({
      cache_read_input_tokens: 3003,
      cache_creation_input_tokens: 2505,
    });
  });

  test('short prompts are silently not cached, and other models have their own cache', async () => {
    const target = makeSimulator();
    const short = ask(OPUS, { cache_control: { type: 'ephemeral' } });
    expect(await usage(target, short)).toMatchObject({ input_tokens: 10, cache_creation_input_tokens: 0 });
    await usage(target, body('a'));
    expect(await usage(target, { ...body('a'), model: 'claude-3-haiku-20240307' })).toMatchObject({
      cache_read_input_tokens: 0,
    });
  });

  test('the sum stays what count_tokens says', async () => {
    const { max_tokens: _limit, ...counted } = body('Hello, Claude!');
    const { json } = await call(simulator, counted, { path: '/v1/messages/count_tokens' });
    expect(json).toEqual({ input_tokens: 3010 });
  });
});

describe('faults', () => {
  const streamed = (model: string): JsonObject => ask(model, { stream: true });
  const errors = SIMULATOR_MODELS.flatMap((model) =>
    model.fault?.kind === 'error' ? [[model.id, model.fault] as const] : [],
  );

  test.each(errors)('%s', async (id, fault) => {
    const { status, headers, json } = await call(simulator, streamed(id));
    expect(status).toBe(fault.status);
    expect(json).toEqual({
      type: 'error',
      error: { type: fault.type, message: fault.message },
      request_id: headers['request-id'],
    });
    expect(headers['retry-after']).toBe(fault.retryAfter === undefined ? undefined : String(fault.retryAfter));
  });

  test('cut drops the connection after content', async () => {
    const { body } = await open(simulator, streamed('simulator-cut'));
    const seen: Uint8Array[] = [];
    const reading = (async () => {
      for await (const chunk of body) seen.push(chunk);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'ECONNRESET' });
    const events = eventsOf(Buffer.concat(seen).toString());
    expect(events).toHaveLength(5);
    expect(events.at(-1)?.type).toBe('content_block_delta');
  });

  test('a cut answer that is not streamed stops half way', async () => {
    const { body } = await open(simulator, ask('simulator-cut'));
    await expect(collect(body)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('stream-error ends in an error event, or in its status when not streamed', async () => {
    const events = eventsOf((await call(simulator, streamed('simulator-stream-error'))).text);
    expect(events.at(-1)).toEqual({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });
    expect((await call(simulator, ask('simulator-stream-error'))).status).toBe(529);
  });

  test('bad-json breaks one event', async () => {
    const { text } = await call(simulator, streamed('simulator-bad-json'));
    const broken = text
      .split('\n\n')
      .filter((frame) => frame !== '')
      .filter((frame) => {
        try {
          JSON.parse(frame.replace(/^event: \S+\ndata: /, ''));
          return false;
        } catch {
          return true;
        }
      });
    expect(broken).toHaveLength(1);
  });

  test('hang gives its first events, then nothing until the caller goes', async () => {
    const controller = new AbortController();
    const { body } = await open(simulator, streamed('simulator-hang'), { signal: controller.signal });
    const reader = body[Symbol.asyncIterator]();
    const first = await reader.next();
    expect(eventsOf(Buffer.from(first.value ?? []).toString())).toHaveLength(5);
    const silence = reader.next();
    controller.abort(new Error('gone'));
    await expect(silence).rejects.toThrow('gone');
  });

  test('slow waits before the first event, and an abort ends the wait', async () => {
    const controller = new AbortController();
    const { status, body } = await open(simulator, streamed('simulator-slow'), { signal: controller.signal });
    expect(status).toBe(200);
    const first = body[Symbol.asyncIterator]().next();
    controller.abort();
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('a fault does not hide that a request is wrong', async () => {
    expect((await call(simulator, ask('simulator-error-529', { max_tokens: -1 }))).status).toBe(400);
  });
});

describe('paths', () => {
  test('others are a 404, other methods a 405, in the error shape', async () => {
    const lost = await call(simulator, ask(OPUS), { path: '/v1/complete' });
    expect(lost.json).toMatchObject({
      type: 'error',
      error: { type: 'not_found_error' },
      request_id: lost.headers['request-id'],
    });
    expect((await call(simulator, ask(OPUS), { method: 'GET' })).status).toBe(405);
  });

  test('an aborted call is not begun', async () => {
    await expect(open(simulator, ask(OPUS), { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow('gone');
  });
});

describe('what coding agents send (clients.md §2)', () => {
  test('a whole Claude Code request', async () => {
    const body = {
      model: 'claude-sonnet-5-5',
      max_tokens: 64000,
      stream: true,
      system: [
        { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1; cc_entrypoint=sdk-cli;' },
        { type: 'text', text: 'You are an agent.', cache_control: { type: 'ephemeral', ttl: '1h' } },
      ],
      thinking: { type: 'adaptive', display: 'updates' },
      output_config: { effort: 'high' },
      context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
      metadata: {
        user_id: JSON.stringify({ device_id: 'd'.repeat(64), account_uuid: '', session_id: 's'.repeat(36) }),
      },
      safeguards: { mode: 'auto' },
      tools: [
        {
          name: 'Bash',
          description: 'Executes a command',
          input_schema: {
            $schema: 'https://json-schema.org/draft/2020-12/schema',
            type: 'object',
            properties: { command: { type: 'string' } },
            required: ['command'],
          },
        },
        {
          name: 'DeferredToolPlaceholder',
          description: 'Placeholder',
          input_schema: { type: 'object', properties: {} },
          defer_loading: true,
        },
      ],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: '<system-reminder>run bash</system-reminder>' },
            { type: 'text', text: 'hi there', cache_control: { type: 'ephemeral' } },
          ],
        },
        {
          role: 'system',
          content: [{ type: 'text', text: 'Environment', cache_control: { type: 'ephemeral' } }],
          output_config: { effort: 'low' },
        },
      ],
    };
    const { status, text } = await call(simulator, body, {
      path: '/v1/messages?beta=true',
      betas: 'claude-code-20250219,made-up-2030-01-01',
    });
    expect(status).toBe(200);
    const answer = fold(eventsOf(text));
    expect(answer.stop_reason).toBe('end_turn');
    expect(textOf(answer)).toContain('hi there');
    expect(textOf(answer)).not.toContain('cc_version');
  });
});
