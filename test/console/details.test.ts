import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, type Badge, OWNER, setUp } from '../support/administrator.ts';
import { textStream } from '../support/anthropic-stream.ts';
import { audit, CHROMIUM, openBrowser, settled, signInOn, type Visitor, visit } from '../support/console.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway, startGateway } from '../support/gateway.ts';
import { waitFor } from '../support/wait.ts';

const MODEL = 'claude-opus-5';
const RULES = 'Be kind. '.repeat(600);
const HIT = { input: 10, cacheRead: 4_000, cacheWrite5m: 100, output: 5 };
const MISS = { input: 10, cacheWrite5m: 4_100, output: 5 };

const LOOKS = [
  { language: 'en', theme: 'light' },
  { language: 'en', theme: 'dark' },
  { language: 'zh-CN', theme: 'light' },
  { language: 'zh-CN', theme: 'dark' },
] as const;

/** Runs in the page: keeps what is written on canvases. */
const RECORD_TEXT = `window.written = [];
const fillText = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
  window.written.push(text);
  return fillText.call(this, text, ...rest);
};`;

/** What the pages of one thing, which `every-page.test.ts` cannot open, have to keep. */
describe.skipIf(CHROMIUM === undefined)('pages of one thing', () => {
  let gateway: Gateway;
  let upstream: FakeUpstream;
  let browser: Browser;
  let owner: Badge;
  let paths: [string, string][];

  beforeAll(async () => {
    upstream = await FakeUpstream.start('sk-ant-upstream-credential');
    const config = channelConfig({ url: upstream.url, apiKey: upstream.apiKey });
    [gateway, browser] = await Promise.all([startGateway({ config }), openBrowser()]);
    owner = await setUp(gateway);
    const say = async (usage: typeof MISS, system: string): Promise<string> => {
      upstream.fallback = (reply) => reply.stream(textStream({ model: MODEL, usage }, ['x']));
      const block = { type: 'text', text: 'one', cache_control: { type: 'ephemeral' } };
      const body = {
        model: MODEL,
        max_tokens: 100,
        stream: true,
        system,
        messages: [{ role: 'user', content: [block] }],
      };
      const answer = await gateway.messages(body, { 'x-session-id': 'one' });
      await gateway.settledRow(answer.headers['request-id'] ?? '');
      return answer.headers['request-id'] ?? '';
    };
    await say(MISS, RULES);
    await say(HIT, RULES);
    const last = await say(MISS, `${RULES} It is noon.`);
    const session = await waitFor('the digests', async () => {
      const { session: found } = (await ask(gateway, owner, 'GET', `/exchanges/${last}`)).json();
      return typeof found === 'string' ? found : undefined;
    });
    paths = [
      [`/exchanges/${last}`, last],
      [`/sessions/${session}`, MODEL],
      ['/projects/proj_default', 'default'],
      ['/channels/fake', 'fake'],
    ];
  });

  afterAll(async () => {
    await browser?.close();
    await gateway?.dispose();
    await upstream?.stop();
  });

  const signedIn = async (look: Parameters<typeof visit>[2]): Promise<Visitor> => {
    const visitor = await visit(browser, gateway, look);
    await visitor.open('/');
    await signInOn(visitor, OWNER);
    return visitor;
  };

  test.each(LOOKS)('break no rule of WCAG 2.2 AA and fit 360 px, in $language, $theme', async (look) => {
    const visitor = await signedIn(look);
    const { page } = visitor;
    for (const [path, said] of paths) {
      await visitor.open(path);
      await page.getByText(said).first().waitFor();
      expect([path, await audit(page)]).toEqual([path, []]);
      await page.setViewportSize({ width: 360, height: 720 });
      const root = 'document.documentElement';
      const wide = await page.evaluate(`${root}.scrollWidth - ${root}.clientWidth`);
      expect(Number(wide), path).toBeLessThanOrEqual(0);
      await page.setViewportSize({ width: 1280, height: 800 });
    }
    expect(visitor.offences).toEqual([]);
    await visitor.close();
  });

  test('the cache doctor says what changed first and what that cost, and leads to the exchange', async () => {
    const visitor = await signedIn({});
    const { page } = visitor;
    await visitor.open(paths[0]?.[0] ?? '');
    await page.getByRole('link', { name: 'Cache doctor' }).click();
    await page.getByRole('heading', { name: 'Cache doctor' }).waitFor();
    await settled(page);
    const rows = page.locator('[data-row]');
    expect(await rows.count()).toBe(3);
    expect(await rows.nth(1).innerText()).toContain('4,000');
    expect(await rows.nth(2).innerText()).toMatch(/instructions|system/i);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Attempts over time' }).waitFor();
    expect(visitor.offences).toEqual([]);
    await visitor.close();
  });

  test('the marks of a chart are written as language and time zone say', async () => {
    const visitor = await visit(browser, gateway, { language: 'zh-CN' });
    await visitor.context.addInitScript(RECORD_TEXT);
    const { page } = visitor;
    await visitor.open('/?period=24h');
    await signInOn(visitor, OWNER);
    await page.locator('.uplot canvas').waitFor();
    const written = await waitFor('the chart', async () => {
      const texts: unknown = await page.evaluate('window.written');
      return Array.isArray(texts) && texts.length > 2 ? texts.map(String) : undefined;
    });
    expect(written.join(' ')).toMatch(/\d+月\d+日/);
    expect(written.join(' ')).not.toMatch(/[ap]m\b|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec/);
    await visitor.close();
  });
});
