import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask as askAdmin, OWNER, setUp, signIn } from '../support/administrator.ts';
import { audit, CHROMIUM, openBrowser, settled, signInOn, type Visitor, visit } from '../support/console.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';
import { scriptedModel } from '../support/scripted-model/index.ts';
import { waitFor } from '../support/wait.ts';

const SECRET = 'sk-ant-pasted-into-the-console-9876';
const CONFIG = `${SIMULATOR_CONFIG}server: { admin: { private_channels: true } }\n`;

describe.skipIf(CHROMIUM === undefined)('channels', () => {
  let gateway: Gateway;
  let browser: Browser;
  let visitor: Visitor;
  let upstream: FakeUpstream;

  beforeAll(async () => {
    upstream = await FakeUpstream.start(SECRET);
    upstream.fallback = scriptedModel('anthropic-messages');
    [gateway, browser] = await Promise.all([startGateway({ config: CONFIG }), openBrowser()]);
    await setUp(gateway);
    visitor = await visit(browser, gateway);
    await visitor.open('/');
    await signInOn(visitor, OWNER);
  });

  afterAll(async () => {
    await browser?.close();
    await gateway?.dispose();
    await upstream?.stop();
  });

  /** What the fields of the form say is what the API has then, and the file's words are what both use. */
  const changeSettings = async () => {
    const { page } = visitor;
    await page.getByRole('button', { name: 'Change…' }).click();
    const form = page.getByRole('dialog', { name: 'Change pasted' });
    await form.getByText('Timeouts', { exact: true }).click();
    await form.getByLabel('First event').fill('soon');
    await form.getByLabel('Idle').fill('45s');
    await form.getByText('Limits of each credential').click();
    await form.getByLabel('Calls at once').fill('7');
    await form.getByText('Health checks').click();
    await form.getByLabel('Ask the upstream whether it lives').check();
    await form.getByLabel('Every').fill('10m');
    await form.getByText('Prices and markup').click();
    await form.getByLabel('Markup, as a factor').fill('1.2');
    await form.getByRole('button', { name: 'Add a price' }).click();
    await form.getByLabel('Upstream model').last().fill('claude-opus-5');
    await form.getByLabel('Input', { exact: true }).fill('4');
    await form.getByLabel('Output', { exact: true }).fill('20.5');
    await form.getByText('Quirks', { exact: true }).click();
    await form.getByLabel('Set another one').selectOption('abort');
    await form.getByLabel('abort', { exact: true }).selectOption('drain');
    expect(await audit(page)).toEqual([]);
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('is not a duration').first().waitFor();
    await form.getByLabel('First event').fill('30s');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
    const owner = await signIn(gateway, OWNER.email, OWNER.password);
    const { channel } = (await askAdmin(gateway, owner, 'GET', '/channels/pasted')).json();
    expect(channel).toMatchObject({
      timeouts_ms: { connect: 10_000, first_event: 30_000, idle: 45_000, total: 600_000 },
      settings: {
        credential_limits: { concurrent: 7 },
        health_check: { interval: '10m', when: 'always' },
        markup: 1.2,
        prices: { 'claude-opus-5': { input: 4, output: 20.5 } },
        quirks: { abort: 'drain' },
      },
    });
    await page.getByRole('button', { name: 'Change…' }).click();
    await form.getByText('Health checks').click();
    await form.getByLabel('Ask the upstream whether it lives').uncheck();
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
    const after = (await askAdmin(gateway, owner, 'GET', '/channels/pasted')).json();
    expect(after).not.toHaveProperty('channel.settings.health_check');
  };

  const ask = (model: string) =>
    gateway.messages({ model, max_tokens: 20, messages: [{ role: 'user', content: 'hi' }] });

  test('one is added from a preset, tested, drained, taken into use again and removed', async () => {
    const { page } = visitor;
    await visitor.open('/channels');
    await page.getByRole('button', { name: 'New channel' }).click();
    await page.getByLabel('Provider').selectOption('anthropic');
    await page.getByLabel('Name').fill('pasted');
    await page.getByLabel('Address').fill('http://169.254.169.254');
    await page.getByLabel('API key of the upstream').fill(SECRET);
    await page.getByLabel('Models, one a line').fill('mine = claude-opus-5');
    await page.getByRole('button', { name: 'Make the channel' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByLabel('API key of the upstream').inputValue()).toBe(SECRET);
    await page.getByLabel('Address').fill(upstream.url);
    await page.getByRole('button', { name: 'Make the channel' }).click();
    await page.getByRole('heading', { name: 'pasted' }).waitFor();
    await settled(page);
    expect(await page.getByRole('table', { name: 'Credentials' }).innerText()).toContain('9876');
    expect(await page.content()).not.toContain(SECRET);
    await page.getByRole('button', { name: 'Run every probe' }).click();
    await page.getByText('claude-opus-5 answered').or(page.getByText('claude-opus-5 failed')).waitFor();
    await page.getByRole('rowheader', { name: 'auth' }).waitFor();
    expect(await audit(page)).toEqual([]);
    expect((await ask('mine')).status).toBe(200);
    await changeSettings();
    await page.getByRole('button', { name: 'Drain', exact: true }).click();
    await page.getByRole('button', { name: 'Undrain' }).waitFor();
    await waitFor('the drain', async () => (await ask('mine')).status === 503);
    await page.getByRole('button', { name: 'Undrain' }).click();
    await waitFor('the channel to serve', async () => (await ask('mine')).status === 200);
    await page.getByRole('button', { name: 'Remove…' }).click();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('heading', { name: 'Channels' }).waitFor();
    await waitFor('the channel to be gone', async () => (await ask('mine')).status === 404);
    expect(visitor.offences).toEqual([]);
  });

  test('a channel of the configuration file is shown, and not changed, in the dark and in Chinese', async () => {
    const other = await visit(browser, gateway, { language: 'zh-CN', theme: 'dark', width: 360 });
    await other.open('/');
    await signInOn(other, OWNER);
    await other.open('/channels/simulator');
    await other.page.getByText('此渠道由配置文件管理').waitFor();
    expect(await other.page.getByRole('button', { name: '删除…' }).count()).toBe(0);
    expect(await audit(other.page)).toEqual([]);
    expect(other.offences).toEqual([]);
    await other.close();
  });
});
