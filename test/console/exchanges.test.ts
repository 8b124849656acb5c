import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OWNER, setUp } from '../support/administrator.ts';
import { textStream } from '../support/anthropic-stream.ts';
import { audit, CHROMIUM, openBrowser, settled, signInOn, type Visitor, visit } from '../support/console.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const MODEL = 'claude-opus-5';
const MESSAGE = { model: MODEL, max_tokens: 100, stream: true, messages: [{ role: 'user', content: 'hi' }] };
const USAGE = { input: 100, cacheRead: 10_000, output: 20 };

let browser: Browser;
let gateway: Gateway;
let broken: FakeUpstream;
let upstream: FakeUpstream;
let visitor: Visitor;

describe.skipIf(CHROMIUM === undefined)('exchanges', () => {
  beforeAll(async () => {
    broken = await FakeUpstream.start('sk-ant-broken-credential');
    upstream = await FakeUpstream.start('sk-ant-upstream-credential');
    broken.fallback = (reply) =>
      reply.json(529, { type: 'error', error: { type: 'overloaded_error', message: 'Too many whales today' } });
    upstream.fallback = (reply) => reply.stream(textStream({ model: MODEL, usage: USAGE }, ['good', ' day']));
    const channel = (name: string, { url, apiKey }: FakeUpstream, priority: number) => `
  - name: ${name}
    provider: anthropic
    base_url: ${url}
    api_key: ${apiKey}
    priority: ${priority}
    models: ["*"]`;
    gateway = await startGateway({
      config: `channels:${channel('first', broken, 0)}${channel('second', upstream, 1)}
payloads:
  - { project: default, keep: 1h, max_size: 64KB }
`,
    });
    await setUp(gateway);
    browser = await openBrowser();
    visitor = await visit(browser, gateway);
    await visitor.page.goto(`${gateway.url}/console/exchanges`);
    await signInOn(visitor, OWNER);
    await settled(visitor.page);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await gateway?.dispose();
    await Promise.all([broken?.stop(), upstream?.stop()]);
  });

  test('a request appears while the page is open, and ends there', async () => {
    const { page } = visitor;
    await page.getByText('They appear here').waitFor();
    await page.getByText('Follows new requests').waitFor();
    await gateway.messages(MESSAGE, { 'user-agent': 'claude-cli/2.1' });
    const row = page.locator('[data-row]').first();
    await row.waitFor();
    await row.getByText('ok').waitFor();
    expect(await row.textContent()).toContain('second');
    expect(await audit(page)).toEqual([]);
  });

  test('its detail shows why it failed over, how long each step took, and each line of its receipt', async () => {
    const { page } = visitor;
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Attempts over time' }).waitFor();
    await settled(page);
    const text = (await page.locator('main').textContent()) ?? '';
    for (const said of ['Attempt 1', 'Too many whales today', 'after overloaded of first', 'Attempt 2', 'cache read']) {
      expect(text).toContain(said);
    }
    for (const kept of ['claude-cli/2.1', 'req_upstream1', 'anthropic-version2023-06-01']) expect(text).toContain(kept);
    expect(await page.getByRole('img', { name: /^Attempt 2: .*answer/ }).count()).toBe(1);
    expect(await audit(page)).toEqual([]);
  });

  test('what is kept is shown side by side with the time of each event, and replayed with a difference', async () => {
    const { page } = visitor;
    await page.getByRole('button', { name: 'Show what is kept' }).click();
    await page.getByText('"role": "user"').first().waitFor();
    await page.getByLabel('Right').selectOption('answer-2');
    await page.locator('li', { hasText: 'good' }).first().waitFor();
    await page.getByRole('button', { name: 'Copy as curl' }).click();
    expect(await page.evaluate('navigator.clipboard.readText()')).toContain('/v1/messages');
    upstream.fallback = (reply) => reply.stream(textStream({ model: MODEL, usage: USAGE }, ['bad', ' day']));
    await page.getByRole('button', { name: 'Replay' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Channel').fill('second');
    await dialog.getByRole('button', { name: 'Replay' }).click();
    await dialog.getByText('Answered 200').waitFor();
    expect(await dialog.textContent()).toContain('only in the replay: bad day');
    expect(await audit(page)).toEqual([]);
    await dialog.getByRole('link', { name: 'Open the new exchange' }).click();
    await page.getByText('replay', { exact: true }).first().waitFor();
  });

  test('filters are in the address, and find by the words of an error', async () => {
    const { page, open } = visitor;
    await open('/exchanges?q=whal&channel=second');
    await page.locator('[data-row]').first().waitFor();
    expect(await page.locator('[data-row]').count()).toBe(1);
    await open('/exchanges?q=nothing+like+this');
    await page.getByText('Nothing matches').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.locator('[data-row]').first().waitFor();
    expect(page.url()).not.toContain('q=');
    expect(visitor.offences).toEqual([]);
  });
});
