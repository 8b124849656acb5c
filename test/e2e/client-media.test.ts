import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isJsonObject, type Json } from '../../src/core/json.ts';
import { AGENTS } from '../support/clients/agents.ts';
import { ANTHROPIC_SDKS } from '../support/clients/anthropic.ts';
import { LANGCHAIN } from '../support/clients/langchain.ts';
import { OPENAI_SDKS } from '../support/clients/openai.ts';
import type { FakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { startOpenAiUpstream } from '../support/openai-upstream.ts';
import { scriptedModel } from '../support/scripted-model/index.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2FzhVAAAAAElFTkSuQmCC',
  'base64',
);
const MODEL = 'no-addresses';

let pictures: Server;
let upstream: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  pictures = createServer((_request, response) => response.writeHead(200, { 'content-type': 'image/png' }).end(PNG));
  await new Promise<void>((resolve) => pictures.listen(0, '127.0.0.1', resolve));
  upstream = await startOpenAiUpstream({ imageUrls: false, effortKnob: 'effort', efforts: ['low', 'medium', 'high'] });
  upstream.fallback = scriptedModel('openai-chat');
  const channel = {
    name: 'chat',
    provider: 'openai',
    base_url: upstream.url,
    api_key: upstream.apiKey,
    models: [MODEL],
    endpoints: { 'openai-chat': '/v1/chat/completions' },
    quirks: { image_urls: false, effort_knob: 'effort', efforts: ['low', 'medium', 'high'] },
  };
  const server = { media: { private_addresses: true } };
  gateway = await startGateway({
    config: `channels:\n  - ${JSON.stringify(channel)}\nserver: ${JSON.stringify(server)}\n`,
  });
});

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
  pictures?.close();
});

/** Clients of other dialects that leave addresses to the server; the AI SDK fetches plain http addresses itself. */
const DRIVERS = [...ANTHROPIC_SDKS, ...OPENAI_SDKS, ...LANGCHAIN, ...AGENTS].filter(
  ({ dialect }) => dialect !== 'openai-chat',
);

test.each(DRIVERS)('$name shows a picture by its address to an upstream that takes none', async (driver) => {
  upstream.reset();
  const address = pictures.address();
  if (address === null || typeof address === 'string') throw new Error('the pictures are not served');
  const client = driver.connect({ origin: gateway.url, key: gateway.key, model: MODEL });
  const seen = await client.see('What is it?', [`http://127.0.0.1:${address.port}/cat.png`]);
  expect(seen).toBe('I see 1 picture(s).');
  expect(textsIn(upstream.onlyCall().json ?? null)).toContain(`data:image/png;base64,${PNG.toString('base64')}`);
});

/** Every string in a JSON value. */
function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value];
  const parts = Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : [];
  return parts.flatMap(textsIn);
}
