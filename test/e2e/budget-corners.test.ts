import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { wholeMessage } from '../support/anthropic-stream.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway, startGateway } from '../support/gateway.ts';

const MODEL = 'claude-opus-5';
/** USD per million tokens. */
const PRICES = { input: 1, output: 1_000 };
const USAGE = { input: 20, output: 10 };

let upstream: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await FakeUpstream.start();
  const more = `prices: ${JSON.stringify({ [MODEL]: PRICES })}\n`;
  gateway = await startGateway({ config: channelConfig({ url: upstream.url, apiKey: upstream.apiKey, more }) });
});

beforeEach(() => {
  upstream.reset();
  upstream.fallback = (reply) => reply.json(200, wholeMessage({ model: MODEL, usage: USAGE }));
});

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

/** Runs a command that must succeed. */
async function command(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await gateway.command(...args);
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

const MESSAGES = `"messages":[{"role":"user","content":"hello"}]`;

describe('no request holds less than it can cost', () => {
  test.each([
    ['/v1/messages', `{"model":"${MODEL}","max_tokens":100000,"max_output_tokens":1,${MESSAGES}}`, 402],
    ['/v1/chat/completions', `{"model":"${MODEL}","max_tokens":1,"max_completion_tokens":100000,${MESSAGES}}`, 429],
    ['/v1/responses', `{"model":"${MODEL}","max_tokens":1,"max_output_tokens":100000,"input":"hello"}`, 429],
    ['/v1/responses', `{"model":"${MODEL}","max_tokens":-9000000,"max_output_tokens":100000,"input":"hello"}`, 429],
  ])('by a second limit on %s: %s', async (path, body, status) => {
    await command('budgets', 'set', 'names', '--tag', 'names', '--amount', '50');
    const headers = { 'x-ezmodel-tags': 'names' };
    const answer = await gateway.send(path, { method: 'POST', body, headers });
    expect(answer.status, answer.text).toBe(status);
    expect(upstream.calls).toHaveLength(0);
    const [names] = JSON.parse(await command('budgets', 'list', '--json'));
    expect(names).toMatchObject({ spent_nano_usd: 0, reserved_nano_usd: 0 });
  });
});
