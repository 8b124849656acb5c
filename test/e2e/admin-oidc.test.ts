import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringAt } from '../../src/core/json.ts';
import { ask, type Badge, makeProject, makeUser, OWNER, setUp, signIn } from '../support/administrator.ts';
import type { Answer } from '../support/call.ts';
import { Gateway } from '../support/gateway.ts';
import { OIDC_CLIENT, type OidcServer, startOidcServer } from '../support/oidc-server.ts';

/** Where browsers would reach the gateway: the provider checks it, the tests take the rest of the way themselves. */
const PUBLIC_URL = 'https://gateway.example.org';

let gateway: Gateway;
let owner: Badge;
let server: OidcServer;

const configOf = (more: string) => `channels:
  - { name: simulator, provider: simulator, pacing: 0ms }
server:
  admin:
    oidc:
      name: Example
      issuer: ${server.issuer}
      client_id: ${OIDC_CLIENT.id}
      client_secret: \${OIDC_SECRET}
      public_url: ${PUBLIC_URL}
      roles: { admin: [gateway-admins], member: [everybody] }
      projects:
        web: { admin: [web-leads], viewer: [web] }
        not-there-yet: { member: [web] }
${more}`;

async function start(more: string): Promise<Gateway> {
  const started = new Gateway({ config: configOf(more), environment: { OIDC_SECRET: OIDC_CLIENT.secret } });
  await started.start();
  return started;
}

beforeAll(async () => {
  server = await startOidcServer(PUBLIC_URL);
  server.accounts.set('1', {
    email: 'Mia@Example.org',
    email_verified: true,
    name: 'Mia',
    groups: ['everybody', 'other'],
  });
  server.accounts.set('2', { email: 'eve@example.org', email_verified: false, groups: ['gateway-admins'] });
  server.accounts.set('3', { email: 'nobody@example.org', email_verified: true, groups: [] });
  server.accounts.set('4', { email: OWNER.email, email_verified: true, groups: ['everybody'] });
  gateway = await start('      private_addresses: true\n');
  owner = await setUp(gateway);
});

afterAll(async () => {
  await gateway?.dispose();
  await server?.close();
});

/** Begins at the gateway. */
async function begin(to: Gateway = gateway): Promise<{ url: string; flow: string }> {
  const begun = await ask(to, {}, 'POST', '/session/oidc', {});
  expect(begun.status).toBe(201);
  expect(begun.headers['set-cookie']).toMatch(
    /^__Host-ezmodel-flow=[\w.-]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  );
  const flow = /__Host-ezmodel-flow=[\w.-]+/.exec(begun.headers['set-cookie'] ?? '')?.[0] ?? '';
  return { url: stringAt(begun.json(), 'url') ?? '', flow };
}

/** Comes back to the gateway as the provider leads. */
const comeBack = ({ search }: { search: string }, flow: string | undefined, to: Gateway = gateway): Promise<Answer> =>
  ask(to, flow === undefined ? {} : { cookie: flow }, 'GET', `/session/oidc/callback${search}`);

async function signInAs(subject: string, to: Gateway = gateway): Promise<Answer> {
  const { url, flow } = await begin(to);
  return comeBack(await server.visit(url, subject), flow, to);
}

/** The session that a redirect to the console has begun. */
async function sessionOf(answer: Answer): Promise<Badge> {
  const cookie = /__Host-ezmodel=[\w-]+/.exec(answer.headers['set-cookie'] ?? '')?.[0];
  expect([answer.status, answer.headers['location'], cookie]).toEqual([303, '/console', expect.any(String)]);
  const badge = { cookie: cookie ?? '' };
  const session = await ask(gateway, badge, 'GET', '/session');
  return { ...badge, 'x-ezmodel-csrf': stringAt(session.json(), 'csrf_token') ?? '' };
}

const refusalOf = ({ status, headers }: Answer) => [status, headers['location']?.replace(/.*refused=/, '')];

describe('signing in by an identity provider', () => {
  test('makes a user by issuer and subject, with the role of their claims, and finds them again under another address', async () => {
    expect((await ask(gateway, {}, 'GET', '/session/ways')).json()).toEqual({
      password: 'everybody',
      oidc: { name: 'Example' },
    });
    const first = await sessionOf(await signInAs('1'));
    const mia = (await ask(gateway, first, 'GET', '/session')).json();
    expect(mia).toMatchObject({ role: 'member', user: { email: 'mia@example.org', name: 'Mia', role: 'member' } });
    server.accounts.set('1', { email: 'new@example.org', email_verified: true, groups: ['gateway-admins'] });
    const second = await sessionOf(await signInAs('1'));
    const again = (await ask(gateway, second, 'GET', '/session')).json();
    expect(again).toMatchObject({ role: 'admin', user: { email: 'mia@example.org' } });
    // The role is another: what was begun with the old one has ended.
    expect((await ask(gateway, first, 'GET', '/session')).status).toBe(401);
    const change = await ask(gateway, second, 'PATCH', '/session/password', {
      old_password: 'none at all',
      new_password: 'a long new password',
    });
    expect(change.status).toBe(409);
    const password = await ask(gateway, {}, 'POST', '/session', { email: 'mia@example.org', password: '' });
    expect(password.status).toBe(401);
  });

  test('sends PKCE, state and nonce, and takes an answer once, from the browser that began it alone', async () => {
    const { url, flow } = await begin();
    expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      redirect_uri: `${PUBLIC_URL}/admin/api/session/oidc/callback`,
    });
    const back = await server.visit(url, '1');
    const { flow: other } = await begin();
    expect(refusalOf(await comeBack(back, undefined))).toEqual([303, 'oidc_failed']);
    expect(refusalOf(await comeBack(back, other))).toEqual([303, 'oidc_failed']);
    const aged = flow.replace(/=(\d+)\./, (_, at: string) => `=${Number(at) + 1}.`);
    expect(refusalOf(await comeBack(back, aged))).toEqual([303, 'oidc_failed']);
    await sessionOf(await comeBack(back, flow));
    expect(refusalOf(await comeBack(back, flow))).toEqual([303, 'oidc_failed']);
    expect(refusalOf(await comeBack({ search: '?error=access_denied' }, flow))).toEqual([303, 'oidc_failed']);
  });

  test('believes no ID token whose signature is not of a key of the provider', async () => {
    server.forge({ groups: ['gateway-admins'] });
    expect(refusalOf(await signInAs('3'))).toEqual([303, 'oidc_failed']);
    server.forge(undefined);
    expect(refusalOf(await signInAs('3'))).toEqual([303, 'oidc_no_role']);
  });

  test('lets nobody in without a role or a verified address, nor into an account of the same address', async () => {
    expect(refusalOf(await signInAs('3'))).toEqual([303, 'oidc_no_role']);
    expect(refusalOf(await signInAs('2'))).toEqual([303, 'oidc_no_email']);
    expect(refusalOf(await signInAs('4'))).toEqual([303, 'oidc_email_taken']);
    const audit = (await ask(gateway, owner, 'GET', '/audit?limit=1')).json();
    expect(audit).toMatchObject({
      rows: [{ action: 'session.refuse', after: { by: 'oidc', reason: 'oidc_email_taken' } }],
    });
  });

  test('leads to the provider when signing out, and a disabled user stays out', async () => {
    const badge = await sessionOf(await signInAs('1'));
    const id = /user_\w+/.exec((await ask(gateway, badge, 'GET', '/session')).text)?.[0] ?? '';
    const out = await ask(gateway, badge, 'DELETE', '/session');
    expect(stringAt(out.json(), 'provider_url')).toContain(`${server.issuer}/session/end?`);
    expect((await ask(gateway, badge, 'GET', '/session')).status).toBe(401);
    expect((await ask(gateway, owner, 'PATCH', `/users/${id}`, { disabled: true })).status).toBe(200);
    expect(refusalOf(await signInAs('1'))).toEqual([303, 'oidc_disabled']);
  });

  test('gives and takes roles in the projects that the operator names, as the claims say each time, and in no other', async () => {
    const [web, other] = [await makeProject(gateway, 'web'), await makeProject(gateway, 'other')];
    const projectsOf = async (...groups: string[]) => {
      server.accounts.set('7', { email: 'pat@example.org', email_verified: true, groups: ['everybody', ...groups] });
      const badge = await sessionOf(await signInAs('7'));
      return (await ask(gateway, badge, 'GET', '/session')).json()['projects'];
    };
    expect(await projectsOf()).toEqual([]);
    const invited = { email: 'pat@example.org', role: 'member' };
    expect((await ask(gateway, owner, 'POST', `/projects/${other}/members`, invited)).status).toBe(201);
    const own = { id: other, name: 'other', role: 'member' };
    expect(await projectsOf('web', 'web-leads')).toEqual(
      expect.arrayContaining([own, { id: web, name: 'web', role: 'admin' }]),
    );
    expect(await projectsOf('web')).toEqual(expect.arrayContaining([own, { id: web, name: 'web', role: 'viewer' }]));
    expect(await projectsOf('unknown')).toEqual([own]);
    const audit = (await ask(gateway, owner, 'GET', '/audit?limit=1')).json();
    expect(audit).toMatchObject({
      rows: [
        { action: 'session.begin', after: { email: 'pat@example.org', projects: [{ project: web, role: null }] } },
      ],
    });
  });

  test('cannot be begun by another site', async () => {
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      expect((await ask(gateway, headers, 'POST', '/session/oidc', {})).status).toBe(403);
    }
  });
});

describe('its settings', () => {
  test('where the operator names domains, a verified address there finds its user, and passwords may be for owners alone', async () => {
    const strict = await start(
      '      private_addresses: true\n      allowed_domains: [example.org]\n      only: true\n',
    );
    const root = await setUp(strict);
    server.accounts.set('5', { email: 'mallory@example.com', email_verified: true, groups: ['everybody'] });
    server.accounts.set('6', { email: 'sam@example.org', email_verified: true, groups: ['everybody'] });
    expect(refusalOf(await signInAs('5', strict))).toEqual([303, 'oidc_domain']);
    const sam = await makeUser(strict, root, 'sam', 'viewer');
    const refused = await ask(strict, {}, 'POST', '/session', { email: sam.email, password: sam.password });
    expect([refused.status, refused.json()['detail']]).toEqual([403, 'Sign in by Example']);
    expect((await signInAs('6', strict)).headers['location']).toBe('/console');
    expect((await ask(strict, root, 'GET', '/users')).text.match(/sam@example\.org/g)).toHaveLength(1);
    await signIn(strict, OWNER.email, OWNER.password);
    await strict.dispose();
  });

  test('law SSRF: a provider on a private address is asked only where the configuration allows it', async () => {
    const guarded = new Gateway({
      config: configOf('').replace('http://', 'https://'),
      environment: { OIDC_SECRET: OIDC_CLIENT.secret },
    });
    await guarded.start();
    await setUp(guarded);
    const asked = server.calls.length;
    expect((await ask(guarded, {}, 'POST', '/session/oidc', {})).status).toBe(503);
    expect(server.calls.length).toBe(asked);
    await guarded.dispose();
  });
});
