import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { audit, CHROMIUM, makeOwnerOn, openBrowser, type Visitor, visit } from '../support/console.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';

describe.skipIf(CHROMIUM === undefined)('from nothing to the first request', () => {
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

  test('owner, a channel from a preset, key, and the copied lines of curl: the request arrives on the page', async () => {
    const { page } = visitor;
    await makeOwnerOn(visitor, gateway);
    await page.getByRole('heading', { name: 'First steps' }).waitFor();
    await page.getByRole('button', { name: 'Test' }).click();
    await page.getByText('Answers, in').waitFor();
    await page.getByRole('button', { name: 'Add a channel' }).click();
    await page.getByLabel('Provider', { exact: true }).selectOption('anthropic');
    await page.getByLabel('Key of the provider').fill('a-key-of-the-upstream');
    expect(await audit(page)).toEqual([]);
    await page.getByLabel('Provider', { exact: true }).selectOption('simulator');
    await page.getByRole('button', { name: 'Add the channel' }).click();
    await page.getByText('simulator-2').waitFor();
    await page.getByRole('button', { name: 'Make the key' }).click();
    const lines = page.getByRole('tabpanel');
    for (const client of ['TypeScript', 'Python', 'OpenAI SDK', 'Claude Code', 'Codex', 'opencode']) {
      await page.getByRole('tab', { name: client }).click();
      expect(await lines.innerText()).toContain(gateway.url);
      expect(await lines.innerText()).toContain('sk-ez-');
    }
    expect(await audit(page)).toEqual([]);
    await page.getByRole('tab', { name: 'curl' }).click();
    await lines.getByRole('button', { name: 'Copy' }).click();
    const command = await page.evaluate('navigator.clipboard.readText()');
    const { stdout } = await promisify(execFile)('sh', ['-c', `${command}`]);
    expect(stdout).toContain('"type":"message"');
    await page.getByText('It works: the first request has arrived.').waitFor();
    expect(await audit(page)).toEqual([]);
    expect(visitor.offences).toEqual([]);
  });
});
