import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setUp } from '../support/administrator.ts';
import { CHROMIUM, openBrowser, settled, visit } from '../support/console.ts';
import { freePort } from '../support/free-port.ts';
import { Gateway } from '../support/gateway.ts';
import { OIDC_CLIENT, type OidcServer, startOidcServer } from '../support/oidc-server.ts';

describe.skipIf(CHROMIUM === undefined)('an identity provider in Chromium', () => {
  let gateway: Gateway;
  let browser: Browser;
  let server: OidcServer;

  beforeAll(async () => {
    const port = await freePort();
    const publicUrl = `http://127.0.0.1:${port}`;
    server = await startOidcServer(publicUrl);
    server.accounts.set('1', { email: 'mia@example.org', email_verified: true, name: 'Mia', groups: ['everybody'] });
    server.accounts.set('2', { email: 'eve@example.org', email_verified: true, name: 'Eve', groups: [] });
    const oidc = {
      name: 'Example',
      issuer: server.issuer,
      client_id: OIDC_CLIENT.id,
      client_secret: OIDC_CLIENT.secret,
      public_url: publicUrl,
      roles: { member: ['everybody'] },
      private_addresses: true,
    };
    const channels = [{ name: 'simulator', provider: 'simulator' }];
    const config = JSON.stringify({ channels, server: { admin: { oidc } } });
    gateway = new Gateway({ config, environment: { PORT: String(port) } });
    await gateway.start();
    await setUp(gateway);
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await gateway?.dispose();
    await server?.close();
  });

  test('the button leads there and back into the console, or back to the reason why not', async () => {
    for (const [subject, shown] of [
      ['2', /gives you no role here/],
      ['1', /^Overview$/],
    ] as const) {
      server.enter(subject);
      const visitor = await visit(browser, gateway);
      await visitor.open('/');
      await visitor.page.getByRole('button', { name: 'Sign in by Example' }).click();
      await visitor.page.getByText(shown).first().waitFor();
      await settled(visitor.page);
      const elsewhere = visitor.offences.filter((offence) => !offence.includes(server.issuer));
      expect([subject, elsewhere]).toEqual([subject, []]);
      await visitor.close();
    }
  });
});
