import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, type Badge, OWNER, setUp } from '../support/administrator.ts';
import { call } from '../support/call.ts';
import { audit, CHROMIUM, openBrowser, settled, signInOn, type Visitor, visit } from '../support/console.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';
import { waitFor } from '../support/wait.ts';

const MODEL = 'claude-opus-5-5';
const CONFIG = `${SIMULATOR_CONFIG}payloads: [{ project: research, keep: 7d, max_size: 1MB, redact: [{ literal: Nightingale }] }]\n`;

describe.skipIf(CHROMIUM === undefined)('projects, keys, budgets and models', () => {
  let gateway: Gateway;
  let browser: Browser;
  let visitor: Visitor;
  let owner: Badge;

  beforeAll(async () => {
    [gateway, browser] = await Promise.all([startGateway({ config: CONFIG }), openBrowser()]);
    owner = await setUp(gateway);
    visitor = await visit(browser, gateway);
    await visitor.open('/');
    await signInOn(visitor, OWNER);
  });

  afterAll(async () => {
    await browser?.close();
    await gateway?.dispose();
  });

  const statusOf = async (key: string, model = MODEL) => {
    const headers = { 'x-api-key': key, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' };
    const body = { model, max_tokens: 20, messages: [{ role: 'user', content: 'hi' }] };
    return (await call(`${gateway.url}/v1/messages`, { headers, body })).status;
  };
  const waitForStatus = (key: string, status: number, model?: string) =>
    waitFor(`a ${status}`, async () => (await statusOf(key, model)) === status);

  let key = '';

  test('a project with allowed models is made, and a key in it that is shown once and copied', async () => {
    const { page } = visitor;
    await visitor.open('/projects');
    await page.getByRole('button', { name: 'New project' }).click();
    await page.getByLabel('Name').fill('research');
    await page.getByLabel('Allowed models, one a line').fill(`${MODEL}\nother-*`);
    await page.getByLabel('Allowed addresses, one a line').fill('not an address');
    await page.getByRole('button', { name: 'Make the project' }).click();
    await page.getByText('must be an address or a range').first().waitFor();
    expect(await page.getByLabel('Name').inputValue()).toBe('research');
    await page.getByLabel('Allowed addresses, one a line').fill('127.0.0.0/8');
    expect(await audit(page)).toEqual([]);
    await page.getByRole('button', { name: 'Make the project' }).click();
    await page.getByRole('table', { name: 'Projects' }).getByText('research').waitFor();
    await visitor.open('/keys');
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByLabel('Name').fill('laptop');
    await page.getByLabel('Project').selectOption({ label: 'research' });
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByRole('button', { name: 'Copy' }).click();
    key = String(await page.evaluate('navigator.clipboard.readText()'));
    await page.getByRole('button', { name: 'Done' }).click();
    await settled(page);
    expect(await page.content()).not.toContain(key);
    await waitForStatus(key, 200);
    expect(await statusOf(key, 'claude-haiku-4-5')).toBe(403);
  });

  test('what somebody else changed meanwhile is told, and nothing that was typed is lost', async () => {
    const { page } = visitor;
    const path = `/keys/${key.split('-')[2]}`;
    await visitor.open('/keys?q=laptop');
    await page.getByRole('button', { name: 'Actions for laptop' }).click();
    await page.getByRole('menuitem', { name: 'Change…' }).click();
    const form = page.getByRole('dialog', { name: 'Change laptop' });
    await form.getByText('Requests and answers are kept for 7 days, 1 MB of each exchange · 1 redactions').waitFor();
    await form.getByLabel('Allowed models, one a line').fill('claude-*');
    expect((await ask(gateway, owner, 'PATCH', path, { tags: ['theirs'] })).status).toBe(200);
    await form.getByRole('button', { name: 'Save' }).click();
    const told = form.getByRole('alert');
    await told.getByText('Somebody else changed this meanwhile').waitFor();
    expect(await told.innerText()).toContain('theirs');
    expect(await form.getByLabel('Allowed models, one a line').inputValue()).toBe('claude-*');
    expect(await audit(page)).toEqual([]);
    await form.getByRole('button', { name: 'Save mine anyway' }).click();
    await form.waitFor({ state: 'detached' });
    const saved = (await ask(gateway, owner, 'GET', path)).json();
    expect(saved).toMatchObject({ record: { models: ['claude-*'], tags: ['theirs'] } });
    await page.getByRole('button', { name: 'Actions for laptop' }).click();
    await page.getByRole('menuitem', { name: 'Change…' }).click();
    await form.getByLabel('Tags, one a line').fill('mine');
    expect((await ask(gateway, owner, 'PATCH', path, { models: null })).status).toBe(200);
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByRole('button', { name: 'Drop mine, show what is there' }).click();
    await waitFor('their version', async () => (await form.getByLabel('Tags, one a line').inputValue()) === 'theirs');
    expect(await form.getByRole('alert').count()).toBe(0);
    await page.keyboard.press('Escape');
  });

  test('a project has its allow-lists, budgets, limits and members on one page, to change there', async () => {
    const { page } = visitor;
    await visitor.open('/projects');
    await page.getByRole('link', { name: 'research' }).click();
    await page.getByRole('heading', { name: 'What its keys may do' }).waitFor();
    await settled(page);
    await page.getByRole('button', { name: 'Change…' }).first().click();
    const form = page.getByRole('dialog', { name: 'Change research' });
    await form.getByLabel('Markup, as a factor').fill('1.5');
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('× 1.5').waitFor();
    await page.getByRole('button', { name: 'New budget' }).click();
    await page.getByLabel('Name').fill('monthly');
    await page.getByLabel('Amount in USD').fill('12');
    await page.getByRole('button', { name: 'Make the budget' }).click();
    await page.getByRole('table', { name: 'Budgets' }).getByText('monthly').waitFor();
    await page.getByRole('button', { name: 'Change…' }).last().click();
    await page.getByLabel('Tokens a day (UTC)').fill('123456');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('123,456').waitFor();
    await page.getByText('No members yet').waitFor();
    expect(await audit(page)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 720 });
    const root = 'document.documentElement';
    expect(await page.evaluate(`${root}.scrollWidth - ${root}.clientWidth`)).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByRole('button', { name: 'Actions for monthly' }).click();
    await page.getByRole('menuitem', { name: 'Remove…' }).click();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByText('No budget is on this project').waitFor();
    expect(visitor.offences).toEqual([]);
  });

  test('a budget on the key blocks it, is raised and removed', async () => {
    const { page } = visitor;
    await visitor.open('/budgets');
    await page.getByRole('button', { name: 'New budget' }).click();
    await page.getByLabel('Name').fill('tiny');
    await page.getByLabel('On', { exact: true }).selectOption('key');
    await page.getByLabel('API key').selectOption({ label: 'laptop' });
    await page.getByLabel('Amount in USD').fill('0.000000001');
    expect(await audit(page)).toEqual([]);
    await page.getByRole('button', { name: 'Make the budget' }).click();
    await page.getByText('API key · laptop').waitFor();
    await waitForStatus(key, 402);
    await page.getByRole('button', { name: 'Actions for tiny' }).click();
    await page.getByRole('menuitem', { name: 'Change…' }).click();
    await page.getByLabel('Amount in USD').fill('20');
    await page.getByRole('button', { name: 'Save' }).click();
    await waitForStatus(key, 200);
    await page.getByRole('button', { name: 'Actions for tiny' }).click();
    await page.getByRole('menuitem', { name: 'Remove…' }).click();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByText('No budgets yet').waitFor();
  });

  test('the key is limited, rotated and revoked', async () => {
    const { page } = visitor;
    const choose = async (what: string) => {
      await page.getByRole('button', { name: 'Actions for laptop' }).click();
      await page.getByRole('menuitem', { name: what }).click();
    };
    await visitor.open('/keys?q=laptop');
    await choose('Limits…');
    await page.getByLabel('Requests a minute').fill('1');
    expect(await audit(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save' }).click();
    await waitForStatus(key, 429);
    await choose('Limits…');
    await page.getByLabel('Open requests at once').fill('9');
    const theirs = { scope: 'key', scope_id: String(key.split('-')[2]), tokens_per_day: 5_000 };
    expect((await ask(gateway, owner, 'POST', '/limits', theirs)).status).toBe(200);
    await page.getByRole('button', { name: 'Save' }).click();
    const told = page.getByRole('alert');
    await told.getByText('Somebody else changed this meanwhile').waitFor();
    expect(await told.innerText()).toContain('5000');
    await page.getByRole('button', { name: 'Save mine anyway' }).click();
    await told.waitFor({ state: 'detached' });
    await choose('Limits…');
    const shown = ['Open requests at once', 'Tokens a day (UTC)', 'Requests a minute'];
    expect(await Promise.all(shown.map((label) => page.getByLabel(label).inputValue()))).toEqual(['9', '5000', '']);
    await page.getByRole('button', { name: 'Remove all' }).click();
    await waitForStatus(key, 200);
    await choose('Rotate…');
    await page.getByLabel('The secret so far works').selectOption('0');
    await page.getByRole('button', { name: 'Make a new secret' }).click();
    const rotated = await page.getByLabel('Your new key').locator('output').innerText();
    await page.getByRole('button', { name: 'Done' }).click();
    await waitForStatus(rotated, 200);
    await waitForStatus(key, 401);
    await choose('Revoke…');
    await page.getByRole('button', { name: 'Revoke', exact: true }).click();
    await waitForStatus(rotated, 401);
  });

  test('a public name gets a route, which is shown with where it goes, and loses it', async () => {
    const { page } = visitor;
    await visitor.open('/models');
    await page.getByRole('button', { name: 'New route' }).click();
    await page.getByLabel('Name').fill('best');
    await page.getByLabel('Targets, one a line').fill('nowhere: x');
    await page.getByRole('button', { name: 'Save the route' }).click();
    await page.getByText('no channel has this name').first().waitFor();
    await page.getByLabel('Targets, one a line').fill(`simulator: ${MODEL}`);
    await page.getByRole('button', { name: 'Save the route' }).click();
    await waitForStatus(gateway.key, 200, 'best');
    await page.getByLabel('Search models').fill('best');
    await page.getByRole('table', { name: 'Models' }).getByText('best', { exact: true }).click();
    await page.getByRole('group', { name: 'Goes to' }).getByRole('cell', { name: MODEL }).waitFor();
    expect(await audit(page)).toEqual([]);
    await page.getByRole('button', { name: 'Remove the route' }).click();
    await waitForStatus(gateway.key, 404, 'best');
    expect(visitor.offences).toEqual([]);
  });

  test('the owner sets retention, and the language of browsers that have not chosen', async () => {
    const { page } = visitor;
    await visitor.open('/settings');
    await page.getByLabel('Hourly sums of usage').fill('10');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('must be at least the days of rows').first().waitFor();
    await page.getByLabel('Exchanges with their ledger rows').fill('10');
    await page.getByLabel('Language').last().selectOption('zh-CN');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The settings are saved').waitFor();
    const other = await visit(browser, gateway);
    await other.open('/');
    await signInOn(other, OWNER);
    await other.page.getByRole('link', { name: 'API 密钥' }).waitFor();
    expect([...visitor.offences, ...other.offences]).toEqual([]);
    await other.close();
  });
});
