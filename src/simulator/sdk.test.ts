import Anthropic from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import OldAnthropic from 'anthropic-sdk-0';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { makeSimulator } from '../../test/support/simulator-harness.ts';

/** The official clients, with the simulator in place of their socket. */

const simulator = makeSimulator();
const OPUS = 'claude-3-opus-20240229';

async function throughSimulator(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  const { status, headers, body } = await simulator.handle(
    {
      method: request.method,
      path: new URL(request.url).pathname,
      headers: Object.fromEntries(request.headers),
      body: new Uint8Array(await request.arrayBuffer()),
    },
    request.signal,
  );
  return new Response(ReadableStream.from(body), { status, headers });
}

const options = { apiKey: 'sk-test', baseURL: 'http://simulator.invalid', maxRetries: 0, fetch: throughSimulator };
const client = new Anthropic(options);
const oldClient = new OldAnthropic(options);

type Asked = { model: string; max_tokens: number; messages: { role: 'user'; content: string }[] };

/** The two lines of the SDK have types of their own that do not mix; this is what both can do. */
const LINES = [
  {
    line: '1.x',
    create: (asked: Asked) => client.messages.create(asked),
    count: ({ model, messages }: Asked) => client.messages.countTokens({ model, messages }),
    stream: (asked: Asked) => client.messages.stream(asked).finalMessage(),
    NotFound: Anthropic.NotFoundError,
    RateLimited: Anthropic.RateLimitError,
  },
  {
    line: '0.x',
    create: (asked: Asked) => oldClient.messages.create(asked),
    count: ({ model, messages }: Asked) => oldClient.messages.countTokens({ model, messages }),
    stream: (asked: Asked) => oldClient.messages.stream(asked).finalMessage(),
    NotFound: OldAnthropic.NotFoundError,
    RateLimited: OldAnthropic.RateLimitError,
  },
];

describe.each(LINES)('SDK $line', ({ create, count, stream, NotFound, RateLimited }) => {
  const asked = (model: string): Asked => ({
    model,
    max_tokens: 1024,
    messages: [{ role: 'user', content: 'Hello, Claude!' }],
  });

  test('create, count and stream agree', async () => {
    const message = await create(asked(OPUS));
    const counted = await count(asked(OPUS));
    const final = await stream(asked(OPUS));
    expect(message.content).toMatchObject([{ type: 'text', text: expect.stringContaining('Hello, Claude!') }]);
    expect(final.content).toEqual(message.content);
    expect(message.usage.input_tokens).toBe(counted.input_tokens);
    expect(final.usage.output_tokens).toBe(message.usage.output_tokens);
  });

  test('refusals are the classes that callers catch', async () => {
    await expect(create(asked('nonesuch'))).rejects.toBeInstanceOf(NotFound);
    await expect(create(asked('simulator-error-429'))).rejects.toBeInstanceOf(RateLimited);
  });

  test('an error inside a stream reaches the caller', async () => {
    await expect(stream(asked('simulator-stream-error'))).rejects.toThrow(/overloaded/i);
  });
});

test('the tool runner goes round by round to an answer, without threads', async () => {
  const asked: string[] = [];
  const weather = betaZodTool({
    name: 'get_weather',
    description: 'Weather of a city',
    inputSchema: z.object({ city: z.string() }),
    run: ({ city }) => {
      asked.push(city);
      return `${city}: sunny`;
    },
  });
  const answer = await client.beta.messages.toolRunner({
    model: 'claude-opus-5',
    max_tokens: 1024,
    thinking: { type: 'adaptive' },
    tools: [weather],
    messages: [{ role: 'user', content: 'What is the weather in Lisbon?' }],
  });
  expect(asked).toEqual(['Lisbon']);
  expect(JSON.stringify(answer.content)).toContain('Lisbon: sunny');
});
