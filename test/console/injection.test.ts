import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, type Badge, makeUser, OWNER, setUp } from '../support/administrator.ts';
import { CHROMIUM, openBrowser, settled, signInOn, type Visitor, visit } from '../support/console.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';
import { PAYLOADS, plantPayloads } from '../support/hostile-texts.ts';
import { waitFor } from '../support/wait.ts';

const CONFIG = `${SIMULATOR_CONFIG}payloads: [{ project: default, keep: 1h, max_size: 1MB }]\n`;
const MODEL = 'claude-opus-5-5';

describe.skipIf(CHROMIUM === undefined)('G27: 1,000 payloads', () => {
  let gateway: Gateway;
  let browser: Browser;
  let visitor: Visitor;
  let owner: Badge;
  let planted: Map<string, string[]>;
  /** An exchange whose bodies, user agent and tags are payloads. */
  let kept = '';

  beforeAll(async () => {
    [gateway, browser] = await Promise.all([startGateway({ config: CONFIG }), openBrowser()]);
    owner = await setUp(gateway);
    // One of each, to be copied.
    await makeUser(gateway, owner, 'vic', 'viewer');
    const amount = { amount_nano_usd: 1, period: 'month', hard: false, alerts: [50] };
    await ask(gateway, owner, 'POST', '/budgets', { name: 'b', scope: 'project', scope_id: 'proj_default', ...amount });
    await ask(gateway, owner, 'POST', '/tokens', { name: 't', role: 'viewer', days: 1 });
    await ask(gateway, owner, 'POST', '/invitations', { email: 'ivy@example.org', role: 'viewer' });
    await ask(gateway, owner, 'POST', '/models', { name: 'r', targets: [{ channel: 'simulator', model: MODEL }] });
    const webhook = { name: 'w', url: 'https://hooks.example.org/x', secret: 'sixteen-letters-or-more' };
    await ask(gateway, owner, 'POST', '/webhooks', webhook);
    const content = PAYLOADS.join('\n');
    const body = { model: MODEL, max_tokens: 60_000, stream: true, messages: [{ role: 'user', content }] };
    const answer = await gateway.messages(body, { 'user-agent': PAYLOADS[0] ?? '' });
    kept = answer.headers['request-id'] ?? '';
    await gateway.settledRow(kept);
    await waitFor('the sums', async () => (await ask(gateway, owner, 'GET', '/usage?since=0')).status === 200);
    visitor = await visit(browser, gateway);
    await visitor.open('/');
    await signInOn(visitor, OWNER);
  });

  afterAll(async () => {
    await browser?.close();
    await gateway?.dispose();
  });

  /** Nothing ran, nothing of ours was replaced, no rule of the policy was touched. */
  const expectText = async (page: Page): Promise<void> => {
    expect(await page.evaluate('window.executed ?? 0')).toBe(0);
    expect(await page.locator('iframe, object, embed, marquee, math, video, script:not([src])').count()).toBe(0);
    expect(visitor.offences).toEqual([]);
  };

  /** Scrolls every list of a page through to its end: only rows in view are drawn. @returns all texts that were. */
  const readThrough = async (page: Page): Promise<string> =>
    String(
      await page.evaluate(`(async () => {
        const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
        let seen = document.body.innerText;
        for (const list of document.querySelectorAll('[role=group]')) {
          for (let top = 0; top < list.scrollHeight; top += list.clientHeight / 2 || 100) {
            list.scrollTop = top;
            await frame();
            seen += list.innerText;
          }
        }
        return seen;
      })()`),
    );

  /** Opens a page, and looks for the payloads that stand in these columns, as text. */
  const lookAt = async (path: string, places: readonly string[]): Promise<void> => {
    await visitor.open(path);
    const text = (await readThrough(visitor.page)).replaceAll(/\s+/g, ' ');
    await expectText(visitor.page);
    for (const place of places) {
      const payloads = planted.get(place) ?? [];
      const missing = payloads.filter((payload) => !text.includes(payload.replaceAll(/\s+/g, ' ')));
      expect([place, payloads.length > 0, missing]).toEqual([place, true, []]);
    }
  };

  test('as what a model says, thinks and calls, in all three formats', async () => {
    const { page } = visitor;
    await visitor.open('/playground');
    await page.getByLabel('Model').selectOption(MODEL);
    await page.getByLabel('Most output tokens').fill('60000');
    const everything = PAYLOADS.join('\n');
    for (const [format, stream] of [
      ['messages', true],
      ['chat', false],
      ['responses', false],
    ] as const) {
      await page.getByLabel('Format').selectOption(format);
      await page.getByLabel('Stream').setChecked(stream);
      await page.getByLabel('Message').fill(everything);
      await page.getByRole('button', { name: 'Send' }).click();
      await page.getByText('Cost').waitFor();
      for (const tab of [/Events|Raw answer/, /^Request$/, /^Code$/, /^Answer$/]) {
        await page.getByRole('tab', { name: tab }).click();
        await expectText(page);
      }
      expect(await page.getByRole('tabpanel').innerText()).toContain(PAYLOADS[500] ?? '?');
      await page.getByRole('button', { name: 'New conversation' }).click();
    }
  });

  test('are a thousand different ones, and stand in every column that somebody else writes', () => {
    planted = plantPayloads(gateway.dataDirectory);
    expect(new Set(PAYLOADS).size).toBeGreaterThanOrEqual(988);
    expect(PAYLOADS).toHaveLength(1_000);
    expect(new Set([...planted.values()].flat()).size).toBeGreaterThanOrEqual(950);
  });

  test.each([
    ['/keys', ['keys.name']],
    ['/projects', ['projects.name', 'projects.models', 'projects.default_tags']],
    ['/projects/pro_0000000007', []],
    ['/users', ['users.name', 'invitations.email']],
    ['/budgets', ['budgets.name']],
    ['/projects/proj_default', ['budgets.name']],
    ['/models', ['model_routes.name']],
    ['/settings', ['admin_tokens.name', 'webhooks.name']],
    ['/exchanges', ['exchanges.model', 'exchanges.channel', 'exchanges.error_kind']],
    [
      '/exchanges/req_zzexc_0000000000',
      [
        'attempts.channel',
        'attempts.upstream_model',
        'attempts.reason',
        'attempts.upstream_request_id',
        'attempts.answer_headers',
        'attempts.answer_headers-name',
        'attempt_errors.text',
      ],
    ],
    ['/', []],
    ['/audit', []],
  ])('on %s they are drawn as what they are', async (path, places) => {
    await lookAt(path, places);
  });

  test('in what is typed into the address, filters and forms', async () => {
    const { page } = visitor;
    const payload = PAYLOADS[300] ?? '';
    await visitor.open(`/keys?q=${encodeURIComponent(payload)}`);
    expect(await page.getByRole('searchbox').inputValue()).toBe(payload);
    await expectText(page);
    await visitor.open(`/exchanges?q=${encodeURIComponent(payload)}&model=${encodeURIComponent(payload)}`);
    await expectText(page);
    await visitor.open(`/exchanges/${encodeURIComponent(payload)}`);
    await expectText(page);
  });

  test('in the bodies and headers of an exchange that is kept', async () => {
    const { page } = visitor;
    await visitor.open(`/exchanges/${kept}`);
    await page.getByText(PAYLOADS[0] ?? '?', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Show what is kept' }).click();
    await page.getByLabel('Right').selectOption('answer-1');
    await page.getByText('message_stop').first().waitFor();
    await expectText(page);
    expect(await page.getByRole('group', { name: 'As the client sent it' }).innerText()).toContain('onpointerenter');
    await settled(page);
  });
});
