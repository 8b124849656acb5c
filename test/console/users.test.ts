import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { totpCode } from '../../src/access/sign-in/totp.ts';
import { ask, type Badge, makeProject, OWNER, setUp, signIn } from '../support/administrator.ts';
import { fromBase32 } from '../support/base32.ts';
import { audit, CHROMIUM, openBrowser, settled, signInOn, type Visitor, visit } from '../support/console.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';

const INVITED = { email: 'ivy@example.org', name: 'Ivy', password: 'the password of Ivy' };

describe.skipIf(CHROMIUM === undefined)('people in the console', () => {
  let gateway: Gateway;
  let browser: Browser;
  let owner: Badge;
  let visitor: Visitor;
  let page: Page;
  let project: string;

  beforeAll(async () => {
    [gateway, browser] = await Promise.all([startGateway({ config: SIMULATOR_CONFIG }), openBrowser()]);
    owner = await setUp(gateway);
    project = await makeProject(gateway, 'research');
    visitor = await visit(browser, gateway);
    page = visitor.page;
    await visitor.open('/users');
    await signInOn(visitor, OWNER);
  });

  afterAll(async () => {
    await browser.close();
    await gateway.dispose();
  });

  /** Ends every session of the owner but that of the test itself. */
  async function endSessions(): Promise<void> {
    const { sessions } = (await ask(gateway, owner, 'GET', '/session/all')).json();
    for (const { id } of JSON.parse(JSON.stringify(sessions)).filter((each: { is_this: boolean }) => !each.is_this)) {
      await ask(gateway, owner, 'DELETE', `/session/all/${id}`);
    }
  }

  test('a session that ends while somebody fills in a form loses nothing: they sign in on top of it, and it goes on', async () => {
    await page.getByRole('button', { name: 'Invite' }).click();
    const form = page.getByRole('dialog', { name: 'Invite somebody' });
    await form.getByLabel('E-mail address').fill(INVITED.email);
    await form.getByLabel('Role').selectOption('member');
    await endSessions();
    await form.getByRole('button', { name: 'Make the link' }).click();
    const again = page.getByRole('dialog', { name: 'Your session has ended' });
    expect(await again.getByLabel('E-mail address').inputValue()).toBe(OWNER.email);
    await again.getByLabel('Password').fill(OWNER.password);
    await again.getByRole('button', { name: 'Sign in', exact: true }).click();
    const link = page.getByRole('dialog', { name: 'The link' });
    const address = await link.locator('output').innerText();
    await link.getByRole('button', { name: 'Done' }).click();
    await page.getByText(INVITED.email).waitFor();
    const guest = await visit(browser, gateway);
    await guest.page.goto(address);
    await guest.page.getByText(`You are invited as ${INVITED.email}`).waitFor();
    expect(await audit(guest.page)).toEqual([]);
    await guest.page.getByLabel('Name').fill(INVITED.name);
    await guest.page.getByLabel('Password').fill(INVITED.password);
    await guest.page.getByRole('button', { name: 'Accept the invitation' }).click();
    await guest.page.locator('nav').waitFor({ state: 'attached' });
    await settled(guest.page);
    expect([new URL(guest.page.url()).pathname.replace(/\/$/, ''), guest.offences]).toEqual(['/console', []]);
    await guest.close();
    expect(visitor.offences).toEqual([]);
  });

  test('a user becomes a member of a project, with another role, and leaves it', async () => {
    await visitor.open(`/projects/${project}/members`);
    await page.getByRole('heading', { name: 'research' }).waitFor();
    await page.getByRole('button', { name: 'Add a member' }).click();
    const form = page.getByRole('dialog', { name: 'Add a member' });
    await form.getByLabel('E-mail address').fill(INVITED.email);
    await form.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('button', { name: 'Actions for Ivy' }).click();
    await page.getByRole('menuitem', { name: 'Make Viewer' }).click();
    await page.getByRole('group').getByText('Viewer', { exact: true }).waitFor();
    expect(await audit(page)).toEqual([]);
    const ivy = await signIn(gateway, INVITED.email, INVITED.password);
    expect((await ask(gateway, ivy, 'GET', '/session')).json()).toMatchObject({
      projects: [{ id: project, role: 'viewer' }],
    });
    await page.getByRole('button', { name: 'Actions for Ivy' }).click();
    await page.getByRole('menuitem', { name: 'Take out…' }).click();
    await page.getByRole('button', { name: 'Take out', exact: true }).click();
    await page.getByText('No members yet').waitFor();
    expect(visitor.offences).toEqual([]);
  });

  test('an authenticator is set up from its QR code or secret, and then asked for', async () => {
    await visitor.open('/profile');
    await page.getByRole('button', { name: 'Set up an authenticator' }).click();
    await page.getByLabel('Your password, once more').fill(OWNER.password);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('img', { name: 'QR code of the secret' }).waitFor();
    expect(await audit(page)).toEqual([]);
    const secret = fromBase32(await page.getByRole('dialog').locator('output').innerText());
    const step = () => Math.floor(Date.now() / 30_000);
    await page.getByLabel('Code', { exact: true }).fill(totpCode(secret, step()));
    await page.getByRole('button', { name: 'Confirm' }).click();
    const codes = page.getByRole('dialog', { name: 'Recovery codes' });
    expect((await codes.locator('pre').innerText()).split('\n')).toHaveLength(10);
    await codes.getByRole('button', { name: 'I have kept them' }).click();
    await page.getByText('Recovery codes left: 10.').waitFor();
    await page.getByRole('button', { name: `Account of ${OWNER.name}` }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByLabel('E-mail address').fill(OWNER.email);
    await page.getByLabel('Password').fill(OWNER.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByLabel('Code', { exact: true }).fill(totpCode(secret, step() + 1));
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.locator('nav').waitFor({ state: 'attached' });
    expect(visitor.offences).toEqual([]);
  });

  test('an admin token is made, works, and is ended', async () => {
    await visitor.open('/settings');
    await page.getByRole('button', { name: 'New token' }).click();
    const form = page.getByRole('dialog', { name: 'New token' });
    await form.getByLabel('Name').fill('report');
    await form.getByLabel('Project that it sees').selectOption({ label: 'research' });
    expect(await audit(page)).toEqual([]);
    await form.getByRole('button', { name: 'Make the token' }).click();
    const once = page.getByRole('dialog', { name: 'Your new token' });
    const badge = { authorization: `Bearer ${await once.locator('output').innerText()}` };
    await once.getByRole('button', { name: 'Done' }).click();
    expect((await ask(gateway, badge, 'GET', '/session')).json()).toMatchObject({
      kind: 'token',
      projects: [{ id: project, role: 'viewer' }],
    });
    await page.getByRole('button', { name: 'End…' }).click();
    await page.getByRole('button', { name: 'End it' }).click();
    await page.getByText('Ended').waitFor();
    expect((await ask(gateway, badge, 'GET', '/session')).status).toBe(401);
    expect(visitor.offences).toEqual([]);
  });

  test('the audit log shows who did what, and proves its chain', async () => {
    await visitor.open('/audit');
    await page.getByText('second-factor.confirm').waitFor();
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await page.getByText(/^All \d+ rows are as they were written\.$/).waitFor();
    await page.getByText('members.remove').click();
    await page
      .getByRole('dialog', { name: /^Row \d+$/ })
      .getByText('"role": "viewer"')
      .waitFor();
    expect(visitor.offences).toEqual([]);
  });
});
