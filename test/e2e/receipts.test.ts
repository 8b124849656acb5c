import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject } from '../../src/core/json.ts';
import { wholeMessage } from '../support/anthropic-stream.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { temporaryDirectory } from '../support/ledger-books.ts';

const MODEL = 'claude-opus-5';
const UNPRICED = 'model-nobody-knows';
/** Has a price for tokens alone. */
const PLAIN = 'model-of-tokens-alone';
const PRICES = {
  [MODEL]: {
    input: 5,
    output: 25,
    web_searches: 10,
    code_containers: 4.17,
    tiers: [{ above: 1_000, input: 10, output: 37.5 }],
    multipliers: { priority: 1.5 },
  },
  [PLAIN]: { input: 5, output: 25 },
};
const BODY = { model: MODEL, max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] };

let upstream: FakeUpstream;
let gateway: Gateway;

const configText = (prices: JsonObject) =>
  JSON.stringify({
    channels: [
      {
        name: 'main',
        provider: 'anthropic',
        base_url: upstream.url,
        api_key: upstream.apiKey,
        models: [MODEL, UNPRICED, PLAIN],
        markup: 1.2,
      },
    ],
    prices,
  });

beforeAll(async () => {
  upstream = await FakeUpstream.start();
  gateway = await startGateway({ config: configText(PRICES) });
});

beforeEach(() => upstream.reset());

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

/** Has the upstream bill `usage`; answers the id of the settled request. */
async function billed(usage: JsonObject, model = MODEL, more: JsonObject = {}, key = gateway.key): Promise<string> {
  const message = wholeMessage({ model, usage: { input: 0, output: 0 } });
  upstream.next((reply) => reply.json(200, { ...message, ...more, usage }));
  const answer = await gateway.send('/v1/messages', { body: { ...BODY, model }, headers: { 'x-api-key': key } });
  const id = answer.headers['request-id'] ?? '';
  await gateway.settledRow(id);
  return id;
}

/** A release of the catalogue that lists one model. */
function writeCatalogue(directory: string, model: string, price: JsonObject): void {
  const manifest = { name: '@pydantic/genai-prices', version: '9.9.9', type: 'module' };
  writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest));
  mkdirSync(join(directory, 'dist'));
  const found = { provider: { id: 'anthropic' }, model: { id: model, match: { equals: model } }, model_price: price };
  const code = `export const calcPrice = (_usage, model) => (model === ${JSON.stringify(model)} ? ${JSON.stringify(found)} : null);`;
  writeFileSync(join(directory, 'dist', 'index.js'), code);
}

async function receiptOf(id: string): Promise<{ text: string; report: JsonObject }> {
  const { stdout: text } = await gateway.command('receipts', id);
  const report: unknown = JSON.parse((await gateway.command('receipts', id, '--json')).stdout);
  if (!isJsonObject(report)) throw new Error('no report');
  return { text, report };
}

describe('ezmodel receipts', () => {
  test('shows tier, term, markup, every class and the total, down to the nano-USD', async () => {
    const id = await billed({
      input_tokens: 1_001,
      output_tokens: 3,
      service_tier: 'priority',
      server_tool_use: { web_search_requests: 2, web_fetch_requests: 5 },
    });
    const { text, report } = await receiptOf(id);
    // 1,001 x 10,000 x 1.5 x 1.2; 3 x 37,500 x 1.5 x 1.2; 2 x 10,000,000 x 1.2: searches are billed alike on every tier.
    const lines = [
      { class: 'input', count: 1_001, rate_nano_usd: 10_000_000_000, per: 1_000_000, nano_usd: 18_018_000 },
      { class: 'output', count: 3, rate_nano_usd: 37_500_000_000, per: 1_000_000, nano_usd: 202_500 },
      { class: 'web_searches', count: 2, rate_nano_usd: 10_000_000_000, per: 1_000, nano_usd: 24_000_000 },
      { class: 'web_fetches', count: 5, rate_nano_usd: 0, per: 1_000, nano_usd: 0 },
    ];
    expect(report).toMatchObject({
      id,
      status: 'ok',
      cost_nano_usd: 42_220_500,
      attempts: [
        {
          attempt: 1,
          channel: 'main',
          estimated: false,
          cost_nano_usd: 42_220_500,
          corrections: [],
          charge: {
            prompt_above: 1_000,
            terms: [{ term: 'priority', multiplier: 1.5 }],
            markup: 1.2,
            lines,
            total_nano_usd: 42_220_500,
            booked_nano_usd: 42_220_500,
          },
        },
      ],
    });
    for (const told of [
      /tier +prompts above 1,000 tokens/,
      /term +priority: x 1\.5/,
      /markup +x 1\.2/,
      /\$0\.0422205$/m,
    ]) {
      expect(text).toMatch(told);
    }
    expect(text).toMatch(/input +1,001 +\$10\.00 +1,000,000 +18,018,000/);
  });

  test('a container that ran code is counted, and charged by the price of one', async () => {
    const container = { id: 'container_1', expires_at: '2026-11-26T12:00:00Z' };
    const { report, text } = await receiptOf(
      await billed({ input_tokens: 100, output_tokens: 1 }, MODEL, { container }),
    );
    const line = { class: 'code_containers', count: 1, rate_nano_usd: 4_170_000_000, per: 1_000, nano_usd: 5_004_000 };
    expect(report).toMatchObject({
      cost_nano_usd: 600_000 + 30_000 + 5_004_000,
      attempts: [{ estimated: false, charge: { lines: [{ class: 'input' }, { class: 'output' }, line] } }],
    });
    expect(text).toMatch(/code_containers +1 +\$4\.17 +1,000 +5,004,000/);
  });

  test('a container without a price stands in the receipt as unpriced, and the row is an estimate', async () => {
    const container = { id: 'container_1', expires_at: '2026-11-26T12:00:00Z' };
    const { report, text } = await receiptOf(
      await billed({ input_tokens: 100, output_tokens: 1 }, PLAIN, { container }),
    );
    const line = { class: 'code_containers', count: 1, rate_nano_usd: null, per: 1_000, nano_usd: null };
    expect(report).toMatchObject({
      cost_nano_usd: 600_000 + 30_000,
      attempts: [{ estimated: true, charge: { lines: [{ class: 'input' }, { class: 'output' }, line] } }],
    });
    expect(text).toMatch(/flags +estimated/);
    expect(text).toMatch(/code_containers +1 +unpriced +1,000 +-/);
    expect((await gateway.command('doctor')).code).toBe(0);
  });

  test('what a project is charged shows in the receipt, in what is held, and in a correction', async () => {
    expect((await gateway.command('projects', 'create', '--name', 'acme', '--markup', '2')).code).toBe(0);
    const { key } = await gateway.createKey('acme', '--project', 'acme');
    await gateway.waitForKey(key, true);
    const id = await billed({ input_tokens: 100, output_tokens: 1 }, MODEL, {}, key);
    const { text, report } = await receiptOf(id);
    // (100 x 5,000 + 25,000) x 1.2 x 2
    const charge = { markup: 1.2, project_markup: 2, total_nano_usd: 1_260_000, booked_nano_usd: 1_260_000 };
    expect(report).toMatchObject({ cost_nano_usd: 1_260_000, attempts: [{ charge }] });
    expect(text).toMatch(/markup +x 1\.2\nproject +x 2$/m);

    // What it could cost at most fits into a budget for the price, and not for twice that.
    const most = (JSON.stringify(BODY).length + 1_000) * 10_000 * 1.2 + 10 * 37_500 * 1.2;
    await gateway.command('budgets', 'set', 'acme', '--project', 'acme', '--amount', String((most * 1.5) / 1e9));
    const refused = await gateway.send('/v1/messages', { body: BODY, headers: { 'x-api-key': key } });
    expect(refused.status).toBe(402);
    await gateway.command('budgets', 'set', 'acme', '--amount', String((most * 2) / 1e9));
    await billed({ input_tokens: 100, output_tokens: 1 }, MODEL, {}, key);

    await gateway.command('projects', 'set', 'acme', '--markup', '1.5');
    const { stdout } = await gateway.command(
      'prices',
      'reprice',
      '--since',
      '1h',
      '--priced',
      '--reason',
      'agreed',
      '--json',
    );
    expect(JSON.parse(stdout)).toMatchObject({ added_nano_usd: 2 * -315_000 });
    expect((await receiptOf(id)).report).toMatchObject({ cost_nano_usd: 945_000 });
    expect((await gateway.command('doctor')).code).toBe(0);
  });

  test('a term without a multiplier counts as 1, and is flagged', async () => {
    const { report } = await receiptOf(await billed({ input_tokens: 100, output_tokens: 1, speed: 'fast' }));
    expect(report).toMatchObject({
      cost_nano_usd: (100 * 5_000 + 25_000) * 1.2,
      attempts: [{ estimated: true, charge: { terms: [{ term: 'fast', multiplier: null }] } }],
    });
  });

  test('without a price the tokens stand there, and no amount', async () => {
    const { text, report } = await receiptOf(await billed({ input_tokens: 100, output_tokens: 1 }, UNPRICED));
    expect(report).toMatchObject({
      cost_nano_usd: null,
      attempts: [{ unpriced: true, charge: { total_nano_usd: null, lines: [{ class: 'input', count: 100 }, {}] } }],
    });
    expect((await gateway.send('/metrics')).text).toMatch(/^ezmodel_unpriced_total 1$/m);
    expect(text).toMatch(/total +unpriced/);
    expect(text).not.toContain('$0.00');
  });

  test('an id that is not in the books', async () => {
    const { code, stderr } = await gateway.command('receipts', 'req_none');
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'ezmodel: no exchange has the id req_none\n' });
  });

  test('prices list has what channels name, marked as unpriced where it is', async () => {
    const { stdout } = await gateway.command('prices', 'list');
    expect(stdout).toMatch(
      /main +claude-opus-5 +\$5\.00 +\$0\.50 +\$6\.25 +\$10\.00 +\$25\.00 +\$10\.00 +x 1\.2 +above 1000/,
    );
    expect(stdout).toMatch(/main +model-nobody-knows +unpriced/);
  });

  test('prices diff tells old and new rates, and what was used of them', async () => {
    const release = temporaryDirectory();
    try {
      writeCatalogue(release.path, UNPRICED, { input_mtok: 2, output_mtok: 3 });
      const { stdout } = await gateway.command('prices', 'diff', '--against', release.path);
      expect(stdout).toMatch(/ to 9\.9\.9\+/);
      expect(stdout).toMatch(/main +model-nobody-knows +input +- +\$2\.00/);
      expect(stdout).toMatch(/main +model-nobody-knows +last 30 days +- +\$0\.0002436/);
      expect(stdout).not.toContain('claude-opus-5 ');
    } finally {
      release.remove();
    }
  });

  test('prices reprice corrects what had no price, and doctor agrees', async () => {
    const id = await billed({ input_tokens: 100, output_tokens: 1 }, UNPRICED);
    const folder = temporaryDirectory();
    const file = join(folder.path, 'ezmodel.yaml');
    writeFileSync(file, configText({ ...PRICES, [UNPRICED]: { input: 1, output: 2 } }));
    const flags = ['--since', '1d', '--reason', 'announced'];
    const { stdout } = await gateway.command('--config', file, 'prices', 'reprice', ...flags);
    folder.remove();
    expect(stdout).toMatch(/2 corrections written: \$0\.0002448 added/);
    const { text, report } = await receiptOf(id);
    expect(report).toMatchObject({ cost_nano_usd: 122_400, attempts: [{ unpriced: false, cost_nano_usd: 122_400 }] });
    expect(text).toMatch(/corrected +.* by .*: announced/);
  });

  test('doctor recomputes every receipt', async () => {
    const { code, stdout } = await gateway.command('doctor');
    expect(stdout).toMatch(/every receipt recomputes +ok/);
    expect(code).toBe(0);
  });
});
