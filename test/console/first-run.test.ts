import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OWNER } from '../support/administrator.ts';
import { CHROMIUM, makeOwnerOn, openBrowser, settled, signInOn, type Visitor, visit } from '../support/console.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';

describe.skipIf(CHROMIUM === undefined)('a new gateway', () => {
  let gateway: Gateway;
  let browser: Browser;
  let visitor: Visitor;

  beforeAll(async () => {
    [gateway, browser] = await Promise.all([startGateway({ config: SIMULATOR_CONFIG }), openBrowser()]);
    visitor = await visit(browser, gateway);
  });

  afterAll(async () => {
    await browser.close();
    await gateway.dispose();
  });

  test('the first owner is made with the token, and keys can be made, copied, switched off and revoked', async () => {
    const { page } = visitor;
    await makeOwnerOn(visitor, gateway);
    await page.getByRole('link', { name: 'API keys' }).click();
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByLabel('Name').fill('from the browser');
    await page.getByRole('button', { name: 'Make the key' }).click();
    const key = await page.getByLabel('Your new key').locator('output').innerText();
    await gateway.waitForKey(key, true);
    await page.getByLabel('Your new key').getByRole('button', { name: 'Copy' }).click();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(key);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Actions for from the browser' }).click();
    await page.getByRole('menuitem', { name: 'Switch off' }).click();
    await gateway.waitForKey(key, false);
    await page.getByRole('button', { name: 'Actions for from the browser' }).click();
    await page.getByRole('menuitem', { name: 'Revoke…' }).click();
    await page.getByRole('button', { name: 'Revoke', exact: true }).click();
    await page.getByText('Revoked').waitFor();
    expect(visitor.offences).toEqual([]);
  });

  test('who signs out is asked to sign in, and comes back to the address that was asked for', async () => {
    const { page } = visitor;
    await page.getByRole('button', { name: `Account of ${OWNER.name}` }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await visitor.open('/keys?q=browser');
    await signInOn(visitor, OWNER);
    await settled(page);
    expect(await page.getByLabel('Search keys').inputValue()).toBe('browser');
    expect(page.url()).toBe(`${gateway.url}/console/keys?q=browser`);
    expect(visitor.offences).toEqual([]);
  });
});
