import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { modelFor, UPSTREAM_DIALECTS, Upstreams } from '../support/clients/upstreams.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const COUNTED = 4_711;

let upstreams: Upstreams;
let gateway: Gateway;
let anthropic: Anthropic;
let openai: OpenAI;

beforeAll(async () => {
  upstreams = await Upstreams.start();
  gateway = await startGateway({ config: upstreams.config });
  anthropic = new Anthropic({ apiKey: gateway.key, baseURL: gateway.url, maxRetries: 0 });
  openai = new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  for (const [name] of UPSTREAM_DIALECTS) {
    upstreams.upstream(name).fallback = (reply) => reply.json(200, { input_tokens: COUNTED });
  }
});

afterAll(async () => {
  await gateway?.dispose();
  await upstreams?.stop();
});

describe.each(UPSTREAM_DIALECTS)('P114 counts tokens on %s', (upstream) => {
  /** Chat has no such call: what comes then is an estimate. */
  const isCounted = upstream !== 'chat';

  test('with Anthropic SDK 1.x', async () => {
    const { data, response } = await anthropic.messages
      .countTokens({
        model: modelFor('anthropic-messages', upstream),
        messages: [{ role: 'user', content: 'How long is this?' }],
      })
      .withResponse();
    expectCount(data.input_tokens, response);
  });

  test('with openai 7', async () => {
    const { data, response } = await openai.responses.inputTokens
      .count({ model: modelFor('openai-responses', upstream), input: 'How long is this?' })
      .withResponse();
    expectCount(data.input_tokens, response);
  });

  function expectCount(tokens: number, { headers }: Response): void {
    expect(tokens).toEqual(isCounted ? COUNTED : expect.any(Number));
    expect(tokens).toBeGreaterThan(0);
    expect(headers.get('x-ezmodel-estimated')).toBe(isCounted ? null : 'true');
  }
});

describe('P126 lists models', () => {
  const NAMES = UPSTREAM_DIALECTS.flatMap(([name]) => [
    modelFor('anthropic-messages', name),
    modelFor('openai-responses', name),
  ]);

  test('with Anthropic SDK 1.x', async () => {
    const ids: string[] = [];
    for await (const { id } of anthropic.models.list({ limit: 4 })) ids.push(id);
    expect(ids).toEqual(expect.arrayContaining(NAMES));
    expect((await anthropic.models.retrieve(NAMES[0] ?? '')).id).toBe(NAMES[0]);
  });

  test('with openai 7', async () => {
    const ids: string[] = [];
    for await (const { id, object } of openai.models.list()) {
      expect(object).toBe('model');
      ids.push(id);
    }
    expect(ids).toEqual(expect.arrayContaining(NAMES));
    expect((await openai.models.retrieve(NAMES[0] ?? '')).id).toBe(NAMES[0]);
    await expect(openai.models.retrieve('nowhere')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });
});
