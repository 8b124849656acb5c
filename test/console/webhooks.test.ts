import { createServer, type Server } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, type Badge, OWNER, setUp } from '../support/administrator.ts';
import { audit, CHROMIUM, openBrowser, settled, signInOn, type Visitor, visit } from '../support/console.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';

const CONFIG = `${SIMULATOR_CONFIG}server: { admin: { private_channels: true } }\n`;
const SECRET = 'a-secret-of-sixteen-letters-or-more';

describe.skipIf(CHROMIUM === undefined)('webhooks', () => {
  let gateway: Gateway;
  let browser: Browser;
  let visitor: Visitor;
  let owner: Badge;
  let receiver: Server;
  let address = '';
  const posted: string[] = [];

  beforeAll(async () => {
    receiver = createServer((request, response) => {
      posted.push(request.url ?? '');
      request.resume().on('end', () => response.writeHead(request.url === '/broken' ? 500 : 204).end());
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const at = receiver.address();
    address = `http://127.0.0.1:${typeof at === 'object' ? at?.port : 0}`;
    [gateway, browser] = await Promise.all([startGateway({ config: CONFIG }), openBrowser()]);
    owner = await setUp(gateway);
    visitor = await visit(browser, gateway);
    await visitor.open('/settings');
    await signInOn(visitor, OWNER);
    await settled(visitor.page);
  });

  afterAll(async () => {
    await browser?.close();
    await gateway?.dispose();
    receiver?.close();
  });

  test('one is made, tried, changed and removed, and its secret is never shown', async () => {
    const { page } = visitor;
    await page.getByText('Nobody is told of anything').waitFor();
    await page.getByRole('button', { name: 'New webhook' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Name').fill('<img src=x onerror=alert(1)>');
    await form.getByLabel('Address').fill(`${address}/chat`);
    await form.getByLabel('Secret that posts are signed with').fill(SECRET);
    await form.getByLabel('Everything').uncheck();
    await form.getByLabel('channel.down').uncheck();
    expect(await audit(page)).toEqual([]);
    await form.getByRole('button', { name: 'Make the webhook' }).click();
    await form.getByText('must be 1 to 64 letters').first().waitFor();
    await form.getByLabel('Name').fill('chat');
    await form.getByRole('button', { name: 'Make the webhook' }).click();
    await form.waitFor({ state: 'detached' });
    const choose = async (what: string) => {
      await page.getByRole('button', { name: 'Actions for chat' }).click();
      await page.getByRole('menuitem', { name: what }).click();
    };
    await choose('Send a test');
    await page.getByText('chat took the test alert (HTTP 204)').waitFor();
    expect(posted).toEqual(['/chat']);
    await choose('Change…');
    await form.getByLabel('Address').fill(`${address}/broken`);
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
    await choose('Send a test');
    await page.getByText('chat did not take the test alert: HTTP 500').waitFor();
    const { webhooks } = (await ask(gateway, owner, 'GET', '/webhooks')).json();
    expect(webhooks).toMatchObject([{ name: 'chat', url: `${address}/broken`, enabled: true }]);
    expect(JSON.stringify(webhooks)).not.toContain('channel.down');
    expect(await page.content()).not.toContain(SECRET);
    expect(await audit(page)).toEqual([]);
    await choose('Remove…');
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByText('Nobody is told of anything').waitFor();
    expect(visitor.offences).toEqual([]);
  });
});
