import { crc32, deflateSync } from 'node:zlib';
import AnthropicNow from '@anthropic-ai/sdk';
import AnthropicBefore from 'anthropic-sdk-0';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { textStream, toolStream, wholeMessage } from '../support/anthropic-stream.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';

let upstream: FakeUpstream;
let relaying: Gateway;
let simulated: Gateway;

beforeAll(async () => {
  upstream = await FakeUpstream.start();
  [relaying, simulated] = await Promise.all([
    startGateway({ config: channelConfig({ url: upstream.url, apiKey: upstream.apiKey }) }),
    startGateway({ config: SIMULATOR_CONFIG }),
  ]);
});

beforeEach(() => upstream.reset());

afterAll(async () => {
  await Promise.all([relaying?.dispose(), simulated?.dispose()]);
  await upstream?.stop();
});

const WEATHER = {
  name: 'get_weather',
  description: 'Weather of a city',
  input_schema: { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] },
};
const USAGE = { input: 21, output: 9 };
const PNG = pngOf(3, 2).toString('base64');

/** The newer line sends its key as bearer with version 2026-10-21, the older as `x-api-key` with 2023-06-01. */
const SDKS = [
  { line: '1.x', Client: AnthropicNow, modern: true },
  { line: '0.x', Client: asNewer(AnthropicBefore), modern: false },
];

describe.each(SDKS)('the official SDK $line', ({ Client, modern }) => {
  const relayClient = (maxRetries = 0) => new Client({ apiKey: relaying.key, baseURL: relaying.url, maxRetries });
  const simulatorClient = () => new Client({ apiKey: simulated.key, baseURL: simulated.url, maxRetries: 0 });

  describe('through a relay', () => {
    test('creates a message', async () => {
      upstream.next((reply) => reply.json(200, wholeMessage({ model: 'claude-opus-5', usage: USAGE })));
      const { data, request_id } = await relayClient().messages.create(ask('claude-opus-5')).withResponse();
      expect(data.content).toEqual([{ type: 'text', text: 'Hello from the upstream.' }]);
      expect(data.usage.input_tokens).toBe(21);
      expect(request_id).toMatch(/^req_/);
      expect(upstream.onlyCall().header('anthropic-version')).toBe(modern ? '2026-10-21' : '2023-06-01');
    });

    test('streams', async () => {
      upstream.next((reply) =>
        reply.stream(textStream({ model: 'claude-opus-5', usage: USAGE }, ['He', 'llo', ' 🌍'])),
      );
      const pieces: string[] = [];
      const stream = relayClient()
        .messages.stream(ask('claude-opus-5'))
        .on('text', (piece) => pieces.push(piece));
      const message = await stream.finalMessage();
      expect(pieces).toEqual(['He', 'llo', ' 🌍']);
      expect(message.usage).toMatchObject({ input_tokens: 21, output_tokens: 9 });
      expect(message.stop_reason).toBe('end_turn');
    });

    test('runs a tool round trip, streamed', async () => {
      const parts = { model: 'claude-opus-5', usage: USAGE };
      const call = { id: 'toolu_01', name: 'get_weather' };
      upstream.next(
        (reply) => reply.stream(toolStream(parts, call, ['', '{"city"', ':"Oslo"}'])),
        (reply) => reply.json(200, wholeMessage({ ...parts, content: [{ type: 'text', text: '4 degrees' }] })),
      );
      const client = relayClient();
      const first = await client.messages.stream({ ...ask('claude-opus-5'), tools: [WEATHER] }).finalMessage();
      expect(first.stop_reason).toBe('tool_use');
      expect(first.content).toMatchObject([{ type: 'tool_use', id: 'toolu_01', input: { city: 'Oslo' } }]);
      const second = await client.messages.create({
        ...ask('claude-opus-5'),
        tools: [WEATHER],
        messages: [
          { role: 'user', content: 'Weather in Oslo?' },
          { role: 'assistant', content: first.content },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_01', content: '4 °C' }] },
        ],
      });
      expect(second.content).toMatchObject([{ text: '4 degrees' }]);
    });

    test('U12 retries an overload, and each try is a call of its own', async () => {
      const overloaded = { 'x-should-retry': 'true', 'retry-after-ms': '1' };
      upstream.fallback = (reply) => {
        const retries = Number(upstream.calls.length);
        if (retries <= 1) return reply.error(529, 'overloaded_error', 'Overloaded', overloaded);
        return reply.json(200, wholeMessage({ model: 'claude-opus-5', usage: USAGE }));
      };
      const message = await relayClient(3).messages.create(ask('claude-opus-5'));
      expect(message.stop_reason).toBe('end_turn');
      expect(upstream.calls.length).toBeGreaterThanOrEqual(2);
    });

    const refusals = [
      [400, 'invalid_request_error', Client.BadRequestError],
      [404, 'not_found_error', Client.NotFoundError],
      [429, 'rate_limit_error', Client.RateLimitError],
      [529, 'overloaded_error', Client.InternalServerError],
    ] as const;

    test.each(refusals)('throws the right error for %i', async (status, type, ErrorClass) => {
      upstream.fallback = (reply) => reply.error(status, type, `told ${status}`);
      const thrown: unknown = await relayClient()
        .messages.create(ask('claude-opus-5'))
        .catch((error: unknown) => error);
      expect(thrown).toBeInstanceOf(Client.APIError);
      expect(thrown).toMatchObject({ status, error: { error: { type, message: `told ${status}` } } });
      if (status !== 529) expect(thrown).toBeInstanceOf(ErrorClass);
    });

    test('U5 throws for an error in mid-stream', async () => {
      const [start, ...rest] = textStream({ model: 'm', usage: USAGE }, ['half']);
      upstream.next(async (reply) => {
        await reply.streamHead();
        for (const event of [start, ...rest.slice(0, 2)]) await reply.chunk(event ?? new Uint8Array());
        reply.cut();
      });
      const stream = relayClient().messages.stream(ask('m'));
      await expect(stream.finalMessage()).rejects.toBeInstanceOf(Client.APIError);
    });

    test('counts tokens', async () => {
      upstream.next((reply) => reply.json(200, { input_tokens: 4711 }));
      const { model, messages } = ask('claude-opus-5');
      expect((await relayClient().messages.countTokens({ model, messages })).input_tokens).toBe(4711);
    });
  });

  describe('against the simulator', () => {
    test('creates a message that shows it was understood', async () => {
      const message = await simulatorClient().messages.create(ask('claude-sonnet-5', 'the marker word is heliotrope'));
      expect(textOf(message)).toContain('heliotrope');
      expect(message.usage.input_tokens).toBeGreaterThan(0);
      expect(message.usage.output_tokens).toBeGreaterThan(0);
    });

    test('streams the same answer that it gives whole', async () => {
      const whole = await simulatorClient().messages.create(ask('claude-sonnet-5', 'say it again'));
      const streamed = await simulatorClient().messages.stream(ask('claude-sonnet-5', 'say it again')).finalMessage();
      expect(textOf(streamed)).toBe(textOf(whole));
      expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens);
    });

    test('runs a tool round trip', async () => {
      const question = { role: 'user' as const, content: 'What is the weather in Oslo?' };
      const asked = { ...ask('claude-sonnet-5'), tools: [WEATHER], tool_choice: { type: 'any' as const } };
      const first = await simulatorClient().messages.create({ ...asked, messages: [question] });
      expect(first.stop_reason).toBe('tool_use');
      const toolUse = first.content.find((block) => block.type === 'tool_use');
      expect(toolUse).toMatchObject({ name: 'get_weather', input: { city: expect.any(String) } });
      const second = await simulatorClient().messages.create({
        ...ask('claude-sonnet-5'),
        tools: [WEATHER],
        messages: [
          question,
          { role: 'assistant', content: first.content },
          {
            role: 'user',
            content: [{ type: 'tool_result', tool_use_id: toolUse?.id ?? '', content: 'minus 40 vermilion' }],
          },
        ],
      });
      expect(textOf(second)).toContain('minus 40 vermilion');
    });

    test('runs a thinking round trip and refuses a forged signature', async () => {
      const question = { role: 'user' as const, content: 'think hard' };
      const thinking = { type: 'enabled' as const, budget_tokens: 1024 };
      const asked = { ...ask('claude-opus-4-5'), max_tokens: 4096, thinking };
      const first = await simulatorClient().messages.create({ ...asked, messages: [question] });
      expect(first.content[0]).toMatchObject({ type: 'thinking', signature: expect.stringMatching(/.+/) });
      const goOn = (content: typeof first.content) =>
        simulatorClient().messages.create({
          ...asked,
          messages: [question, { role: 'assistant', content }, { role: 'user', content: 'and then?' }],
        });
      expect((await goOn(first.content)).stop_reason).toBe('end_turn');
      const forged = first.content.map((block) =>
        block.type === 'thinking' ? { ...block, signature: 'forged' } : block,
      );
      await expect(goOn(forged)).rejects.toBeInstanceOf(Client.BadRequestError);
    });

    test('sees an image by base64, with its type and size', async () => {
      const image = { type: 'base64' as const, media_type: 'image/png' as const, data: PNG };
      const content = [
        { type: 'image' as const, source: image },
        { type: 'text' as const, text: 'what is it?' },
      ];
      const message = await simulatorClient().messages.create({
        ...ask('claude-sonnet-5'),
        messages: [{ role: 'user', content }],
      });
      expect(textOf(message)).toMatch(/image\/png/);
      expect(textOf(message)).toMatch(/3 ?[x×] ?2/);
    });

    test('takes an image by URL and a document', async () => {
      const content = [
        { type: 'image' as const, source: { type: 'url' as const, url: 'https://example.com/image.jpg' } },
        {
          type: 'document' as const,
          source: { type: 'text' as const, media_type: 'text/plain' as const, data: 'plain text' },
          title: 'A title',
        },
        { type: 'text' as const, text: 'compare them' },
      ];
      const message = await simulatorClient().messages.create({
        ...ask('claude-sonnet-5'),
        messages: [{ role: 'user', content }],
      });
      expect(textOf(message)).toContain('compare them');
    });

    test('counts tokens as it bills them', async () => {
      const asked = ask('claude-sonnet-5', 'count me');
      const counted = await simulatorClient().messages.countTokens({ model: asked.model, messages: asked.messages });
      const answered = await simulatorClient().messages.create(asked);
      expect(counted.input_tokens).toBe(answered.usage.input_tokens);
    });

    test('pages through the models, each once', async () => {
      const whole: string[] = [];
      for await (const model of simulatorClient().models.list({ limit: 1000 })) whole.push(model.id);
      const paged: string[] = [];
      for await (const model of simulatorClient().models.list({ limit: 3 })) paged.push(model.id);
      expect(paged).toEqual(whole);
      expect(new Set(paged).size).toBe(paged.length);
      expect(paged).toContain('claude-3-opus-20240229');
      const one = await simulatorClient().models.retrieve('claude-3-opus-20240229');
      expect(one).toMatchObject({ type: 'model', id: 'claude-3-opus-20240229' });
      await expect(simulatorClient().models.retrieve('claude-nowhere')).rejects.toBeInstanceOf(Client.NotFoundError);
    });

    test('gets the simulated faults as the SDK knows them', async () => {
      await expect(simulatorClient().messages.create(ask('simulator-error-529'))).rejects.toMatchObject({
        status: 529,
      });
      await expect(simulatorClient().messages.stream(ask('simulator-cut')).finalMessage()).rejects.toBeInstanceOf(
        Client.APIError,
      );
      await expect(simulatorClient().messages.create(ask('claude-nowhere'))).rejects.toBeInstanceOf(
        Client.NotFoundError,
      );
    });

    test('is told of a wrong key at once, without retrying', async () => {
      const client = new Client({ apiKey: `${simulated.key}x`, baseURL: simulated.url, maxRetries: 5 });
      await expect(client.messages.create(ask('claude-sonnet-5'))).rejects.toBeInstanceOf(Client.AuthenticationError);
    });
  });
});

test('the newer SDK is refused sampling fields as upstream would refuse them, the older is not', async () => {
  const body = { ...ask('claude-3-opus-20240229'), temperature: 0.7 };
  const old = await simulated.messages(body);
  expect(old.status).toBe(200);
  const refused = await simulated.messages(body, { 'anthropic-version': '2026-10-21' });
  expect(refused.status).toBe(400);
  expect(refused.text).toContain('temperature: Extra inputs are not permitted');
});

function ask(model: string, content = 'Hello, Claude!') {
  return { model, max_tokens: 256, messages: [{ role: 'user' as const, content }] };
}

/** Both lines are driven by the same calls, so the older is used through the newer's types. */
function asNewer(client: unknown): typeof AnthropicNow {
  if (isClient(client)) return client;
  throw new Error('the older SDK does not export a client');
}

function isClient(client: unknown): client is typeof AnthropicNow {
  return typeof client === 'function' && 'BadRequestError' in client;
}

function textOf(message: { content: { type: string; text?: string }[] }): string {
  return message.content.map((block) => block.text ?? '').join('');
}

/** A black picture of the given size. */
function pngOf(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.alloc(height * (1 + width * 3));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  const typed = Buffer.concat([Buffer.from(type), data]);
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, checksum]);
}
