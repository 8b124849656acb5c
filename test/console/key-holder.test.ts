import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { audit, CHROMIUM, openBrowser, settled, type Visitor, visit } from '../support/console.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';

const LIMITS = 'limits:\n  - { key: "*", requests_per_minute: 60 }\n';

describe.skipIf(CHROMIUM === undefined)('the page of a key holder', () => {
  let gateway: Gateway;
  let browser: Browser;
  let visitor: Visitor;

  beforeAll(async () => {
    [gateway, browser] = await Promise.all([startGateway({ config: SIMULATOR_CONFIG + LIMITS }), openBrowser()]);
    await gateway.command('budgets', 'set', 'mine', '--key', gateway.keyId, '--amount', '5');
    const sent = await gateway.messages({
      ...{ model: 'claude-opus-5-5', max_tokens: 20 },
      messages: [{ role: 'user', content: 'hi' }],
    });
    await gateway.settledRow(sent.headers['request-id'] ?? '');
    visitor = await visit(browser, gateway);
  });

  afterAll(async () => {
    await browser.close();
    await gateway.dispose();
  });

  test('a key that is wrong is refused at its field', async () => {
    const { page } = visitor;
    await visitor.open('/key');
    await page.getByLabel('API key').fill('sk-ez-wrong');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('This key is not known here').waitFor();
  });

  test('shows limits, budgets, spend, prices, recent requests and set-up lines with address and key, and no more', async () => {
    const { page } = visitor;
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.getByLabel('API key').fill(gateway.key);
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByRole('heading', { name: 'tests' }).waitFor();
    await settled(page);
    const text = await page.locator('main').innerText();
    expect(text).toMatch(/\d+ of 60 left/);
    expect(await page.getByText('of $5.00 left').getAttribute('title')).toMatch(/^\$4\.\d{3,}$/);
    expect(text).toContain('claude-opus-5-5');
    expect(text).not.toContain('$0.00\nUTC days');
    const curl = await page.getByRole('tabpanel').innerText();
    expect(curl).toContain(`curl ${gateway.url}/v1/messages`);
    expect(curl).toContain(gateway.key);
    expect(asked.filter((path) => path.startsWith('/admin/'))).toEqual([]);
    expect(await audit(page)).toEqual([]);
    expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).not.toContain('sk-ez-');
    await page.getByRole('button', { name: 'Forget the key' }).click();
    await page.getByLabel('API key').waitFor();
    expect(await page.locator('body').innerText()).not.toContain(gateway.key);
    expect(visitor.offences).toEqual([]);
  });
});
