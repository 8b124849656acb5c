import { createServer } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, type Badge, OWNER, setUp } from '../support/administrator.ts';
import { CHROMIUM, openBrowser, settled, signInOn, visit } from '../support/console.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';

const VIEWER = { email: 'vic@example.org', name: 'Vic', password: 'only looks at things' };

describe.skipIf(CHROMIUM === undefined)('people', () => {
  let gateway: Gateway;
  let browser: Browser;
  let owner: Badge;

  beforeAll(async () => {
    [gateway, browser] = await Promise.all([startGateway({ config: SIMULATOR_CONFIG }), openBrowser()]);
    owner = await setUp(gateway);
  });

  afterAll(async () => {
    await browser.close();
    await gateway.dispose();
  });

  test('language and theme change at once and are there at the next visit', async () => {
    const visitor = await visit(browser, gateway);
    const { page } = visitor;
    await visitor.open('/settings');
    await signInOn(visitor, OWNER);
    await page.getByLabel('Language').first().selectOption('zh-CN');
    await page.getByRole('heading', { name: '设置', exact: true }).waitFor();
    await page.getByLabel('主题').selectOption('dark');
    await page.getByLabel('时区').first().selectOption('Asia/Shanghai');
    const look = 'getComputedStyle(document.body).backgroundColor + document.documentElement.lang';
    const dark = await page.evaluate(look);
    await visitor.open('/keys');
    await page.getByRole('heading', { name: 'API 密钥' }).waitFor();
    expect(await page.evaluate(look)).toBe(dark);
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('english');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'API keys' }).waitFor();
    expect(visitor.offences).toEqual([]);
    await visitor.close();
  });

  test('the palette, / and j and k work without a mouse', async () => {
    const visitor = await visit(browser, gateway);
    const { page } = visitor;
    await visitor.open('/');
    await signInOn(visitor, OWNER);
    await settled(page);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('api k');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'API keys' }).waitFor();
    await page.getByText('tests', { exact: true }).waitFor();
    const focused = 'document.activeElement.innerText';
    await page.keyboard.press('j');
    expect(await page.evaluate(focused)).toContain('first');
    await page.keyboard.press('j');
    expect(await page.evaluate(focused)).toContain('tests');
    await page.keyboard.press('k');
    expect(await page.evaluate(focused)).toContain('first');
    await page.keyboard.press('/');
    await page.keyboard.type('jk');
    expect(await page.getByRole('searchbox').inputValue()).toBe('jk');
    await page.keyboard.press('Control+k');
    await page.keyboard.press('Escape');
    expect(await page.evaluate('document.activeElement.type')).toBe('search');
    expect(visitor.offences).toEqual([]);
    await visitor.close();
  });

  test('a viewer sees no way to change anything, and is told where a role is needed', async () => {
    // A viewer sees what belongs to their projects: one of these is theirs.
    await ask(gateway, owner, 'POST', '/users', { ...VIEWER, role: 'viewer' });
    await ask(gateway, owner, 'POST', '/projects/proj_default/members', { email: VIEWER.email, role: 'viewer' });
    const visitor = await visit(browser, gateway);
    const { page } = visitor;
    await visitor.open('/keys');
    await signInOn(visitor, VIEWER);
    await settled(page);
    expect(await page.getByRole('button', { name: /New key|Actions for/ }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Playground' }).count()).toBe(0);
    await visitor.open('/playground');
    await page.getByText('Your role does not allow this').waitFor();
    expect(visitor.offences).toEqual([]);
    await visitor.close();
  });

  test('a session that ends in the middle of a form takes nothing with it', async () => {
    const visitor = await visit(browser, gateway);
    const { page, context } = visitor;
    await visitor.open('/keys');
    await signInOn(visitor, OWNER);
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByLabel('Name').fill('typed before the end');
    await context.clearCookies();
    await page.getByRole('button', { name: 'Make the key' }).click();
    const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
    await dialog.getByLabel('Password').fill(OWNER.password);
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Your new key').locator('output').waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('typed before the end').waitFor();
    expect(visitor.offences).toEqual([]);
    await visitor.close();
  });

  test('G27: a page of another origin changes nothing, though its visitor is signed in', async () => {
    const visitor = await visit(browser, gateway);
    const { page } = visitor;
    await visitor.open('/keys');
    await signInOn(visitor, OWNER);
    const before = (await ask(gateway, owner, 'GET', '/keys')).text;
    const evil = createServer((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(
        '<form id="f" method="post" enctype="text/plain"><input name=\'{"name":"forged","a":"\' value=\'"}\'></form>',
      );
    });
    await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
    const address = evil.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const attacker = await visitor.context.newPage();
    await attacker.goto(`http://localhost:${port}/`);
    const target = `${gateway.url}/admin/api/keys`;
    const attempts = [
      `fetch('${target}', { method: 'POST', mode: 'no-cors', credentials: 'include', body: '{"name":"forged"}' }).then(() => 0, () => 0)`,
      `fetch('${target}', { method: 'POST', credentials: 'include', headers: { 'content-type': 'application/json' }, body: '{"name":"forged"}' }).then((r) => r.status, () => 0)`,
      `fetch('${target}', { credentials: 'include' }).then((r) => r.text(), () => 0)`,
    ];
    for (const attempt of attempts) expect(await attacker.evaluate(attempt)).toBe(0);
    await attacker.evaluate(`f.action = '${target}'; f.submit()`);
    await attacker.waitForURL(target);
    await attacker.goto(`http://localhost:${port}/`);
    const framed = `new Promise((resolve) => { const frame = document.createElement('iframe'); frame.src = '${gateway.url}/console/keys'; frame.onload = () => { try { resolve(frame.contentDocument !== null ? 'empty' : 'refused'); } catch { resolve('refused'); } }; document.body.append(frame); })`;
    expect(await attacker.evaluate(framed)).toBe('refused');
    expect((await ask(gateway, owner, 'GET', '/keys')).text).toBe(before);
    await page.getByText('tests', { exact: true }).waitFor();
    evil.close();
    await visitor.close();
  });
});
