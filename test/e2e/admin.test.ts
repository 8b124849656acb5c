import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENDPOINTS } from '../../src/admin/endpoints.ts';
import { objectAt } from '../../src/core/json.ts';
import { isAtLeast, toRole } from '../../src/core/role.ts';
import { migrate } from '../../src/store/migrations/runner.ts';
import {
  ask,
  type Badge,
  badgeOf,
  makeToken,
  OWNER,
  problemStatus,
  readSetupToken,
  setUp,
  setupTokenOf,
  signIn,
} from '../support/administrator.ts';
import { call } from '../support/call.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';
import { damageStore } from '../support/store-under-test.ts';

let gateway: Gateway;
let owner: Badge;

beforeAll(async () => {
  gateway = await startGateway({ config: SIMULATOR_CONFIG });
});

afterAll(() => gateway?.dispose());

describe('set-up', () => {
  test('the token is in a file of its own that nobody else may read', () => {
    expect(readSetupToken(gateway)).toBe(setupTokenOf(gateway));
    expect(statSync(join(gateway.dataDirectory, 'setup-token')).mode & 0o777).toBe(0o600);
  });

  test('nothing in the data directory may be read by others', () => {
    const open = readdirSync(gateway.dataDirectory, { recursive: true, encoding: 'utf8' }).filter(
      (name) => (statSync(join(gateway.dataDirectory, name)).mode & 0o077) !== 0,
    );
    expect(open).toEqual([]);
  });

  test('a wrong token is refused, the right one works once', async () => {
    const wrong = await ask(gateway, {}, 'POST', '/setup', { token: `setup-${'A'.repeat(43)}`, ...OWNER });
    expect([wrong.status, problemStatus(wrong)]).toEqual([403, 403]);
    const right = await ask(gateway, {}, 'POST', '/setup', { token: setupTokenOf(gateway), ...OWNER });
    expect(right.status).toBe(201);
    expect(right.headers['set-cookie']).toMatch(
      /^__Host-ezmodel=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(right.text).not.toContain(OWNER.password);
    owner = badgeOf(right);
    const again = await ask(gateway, {}, 'POST', '/setup', { token: setupTokenOf(gateway), ...OWNER });
    expect(again.status).toBe(410);
    expect(() => readSetupToken(gateway)).toThrow();
    expect((await ask(gateway, {}, 'GET', '/setup')).json()).toEqual({ needed: false });
  });
});

/** A path with something in the place of each parameter. */
const concrete = (path: string) => path.replaceAll(/\{\w+\}/g, 'missing');

describe('who may call what', () => {
  test('every endpoint refuses every identity that has not its role, and no other', async () => {
    const roles = ['viewer', 'member', 'admin', 'owner'];
    const tokens = await Promise.all(roles.map((role) => makeToken(gateway, owner, role)));
    const revoked = await makeToken(gateway, owner, 'owner');
    await ask(gateway, owner, 'DELETE', `/tokens/${revoked.id}`);
    const identities: { name: string; badge: Badge; role: string | undefined }[] = [
      ...roles.map((role, index) => ({ name: role, badge: tokens[index]?.badge ?? {}, role })),
      { name: 'nobody', badge: {}, role: undefined },
      { name: 'key holder', badge: { authorization: `Bearer ${gateway.key}` }, role: undefined },
      { name: 'key holder by x-api-key', badge: { 'x-api-key': gateway.key }, role: undefined },
      { name: 'revoked token', badge: revoked.badge, role: undefined },
      { name: 'made-up session', badge: { cookie: `__Host-ezmodel=${'A'.repeat(43)}` }, role: undefined },
    ];
    const wrong: string[] = [];
    for (const { method, path, access } of ENDPOINTS.filter((endpoint) => endpoint.access !== 'anyone')) {
      for (const { name, badge, role } of identities) {
        const { status } = await ask(gateway, badge, method.toUpperCase(), concrete(path));
        const held = toRole(role ?? '');
        const expected = held === undefined ? 401 : access !== 'anyone' && isAtLeast(held, access) ? 'allowed' : 403;
        // What is about one's own session has nothing to do for a token, whatever its role.
        const isRefused = status === 401 || status >= 500 || (status === 403 && !path.startsWith('/session'));
        const found = expected === 'allowed' && !isRefused ? 'allowed' : status;
        if (found !== expected) wrong.push(`${method} ${path} by ${name}: ${status}, not ${expected}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('a viewer may look at keys and may not make one', async () => {
    const { badge } = await makeToken(gateway, owner, 'viewer');
    expect((await ask(gateway, badge, 'GET', '/keys')).status).toBe(200);
    expect((await ask(gateway, badge, 'POST', '/keys', { name: 'mine' })).status).toBe(403);
  });

  test('nobody gives a role above their own', async () => {
    const { badge } = await makeToken(gateway, owner, 'admin');
    const user = { email: 'eve@example.org', name: 'Eve', password: 'a long password', role: 'owner' };
    expect((await ask(gateway, badge, 'POST', '/users', user)).status).toBe(403);
    expect((await ask(gateway, badge, 'POST', '/tokens', { name: 'mine', role: 'owner', days: 1 })).status).toBe(403);
  });
});

/** The names of all columns that there are. */
function columnsOfSchema(): string[] {
  const database = new DatabaseSync(':memory:');
  migrate(database, 'a fresh one');
  const rows = database
    .prepare(
      "SELECT DISTINCT c.name FROM pragma_table_list t, pragma_table_info(t.name) c WHERE t.name NOT LIKE 'sqlite_%'",
    )
    .all();
  database.close();
  return rows.map(({ name }) => String(name));
}

describe('mass assignment', () => {
  test('every column of every table that is not named by a write is refused by name', async () => {
    const columns = columnsOfSchema();
    expect(columns).toEqual(expect.arrayContaining(['digest', 'role', 'revoked_at', 'sealed_secret', 'cost_nano_usd']));
    const accepted: string[] = [];
    for (const { method, path, body } of ENDPOINTS.filter((endpoint) => endpoint.method !== 'get')) {
      const foreign = columns.filter((name) => !(name in body.shape));
      const sent = Object.fromEntries(foreign.map((name) => [name, 1]));
      const answer = await ask(gateway, owner, method.toUpperCase(), concrete(path), sent);
      const { errors } = answer.json();
      const said = JSON.stringify(
        (Array.isArray(errors) ? errors : []).map((error) => objectAt({ error }, 'error')?.['message']),
      );
      const missed = foreign.filter((name) => answer.status !== 400 || !said.includes(`\\"${name}\\"`));
      if (missed.length > 0)
        accepted.push(`${method} ${path} ${missed}: ${answer.status} ${answer.text.slice(0, 200)}`);
    }
    expect(accepted).toEqual([]);
  });

  test('a parameter given twice is refused', async () => {
    expect((await ask(gateway, owner, 'GET', '/audit?limit=1&limit=2')).status).toBe(400);
  });
});

describe('sessions', () => {
  test('a session that somebody planted is not the one that signing in begins', async () => {
    const planted = '__Host-ezmodel=planted';
    const body = { email: OWNER.email, password: OWNER.password };
    const answer = await ask(gateway, { cookie: planted }, 'POST', '/session', body);
    expect(badgeOf(answer)['cookie']).not.toBe(planted);
    expect((await ask(gateway, { cookie: planted }, 'GET', '/session')).status).toBe(401);
  });

  test('after signing out the session is worth nothing', async () => {
    const badge = await signIn(gateway, OWNER.email, OWNER.password);
    expect((await ask(gateway, badge, 'GET', '/session')).json()).toMatchObject({ kind: 'user', role: 'owner' });
    expect((await ask(gateway, badge, 'DELETE', '/session')).status).toBe(200);
    expect((await ask(gateway, badge, 'GET', '/session')).status).toBe(401);
  });

  test('a change is refused without the token of the session, and from another origin', async () => {
    const { cookie = '' } = owner;
    const forged: Badge[] = [
      { cookie },
      { cookie, 'x-ezmodel-csrf': 'A'.repeat(43) },
      { ...owner, origin: 'https://evil.example' },
      { ...owner, origin: 'null' },
      { ...owner, 'sec-fetch-site': 'cross-site' },
      { ...owner, 'sec-fetch-site': 'same-site' },
    ];
    for (const badge of forged) {
      const answer = await ask(gateway, badge, 'POST', '/keys', { name: 'forged' });
      expect([answer.status, answer.json()['code']]).toEqual([403, 'forged_request']);
    }
    const plain = await call(`${gateway.url}/admin/api/keys`, {
      method: 'POST',
      headers: { ...owner, 'content-type': 'text/plain' },
      body: '{"name":"forged"}',
    });
    expect(plain.status).toBe(415);
    expect((await ask(gateway, { ...owner, origin: gateway.url }, 'GET', '/session')).status).toBe(200);
  });

  test('a user with a new role, or disabled, has to sign in again; the last owner stays', async () => {
    const user = { email: 'bob@example.org', name: 'Bob', password: 'a long password', role: 'admin' };
    const made = await ask(gateway, owner, 'POST', '/users', user);
    expect(made.status).toBe(201);
    const id = /user_\w+/.exec(made.text)?.[0] ?? '';
    const bob = await signIn(gateway, user.email, user.password);
    expect((await ask(gateway, owner, 'PATCH', `/users/${id}`, { role: 'viewer' })).status).toBe(200);
    expect((await ask(gateway, bob, 'GET', '/session')).status).toBe(401);
    const again = await signIn(gateway, user.email, user.password);
    expect((await ask(gateway, again, 'POST', '/keys', { name: 'mine' })).status).toBe(403);
    expect((await ask(gateway, owner, 'PATCH', `/users/${id}`, { disabled: true })).status).toBe(200);
    expect((await ask(gateway, again, 'GET', '/session')).status).toBe(401);
    const ownId = /user_\w+/.exec((await ask(gateway, owner, 'GET', '/session')).text)?.[0] ?? '';
    expect((await ask(gateway, owner, 'PATCH', `/users/${ownId}`, { role: 'viewer' })).status).toBe(409);
  });

  test('who guesses is held off, and a user that is not there looks like one that is', async () => {
    const tries = [];
    for (let count = 0; count < 6; count++) {
      tries.push(await ask(gateway, {}, 'POST', '/session', { email: 'nobody@example.org', password: 'wrong' }));
    }
    expect(tries.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 429]);
    expect(Number(tries.at(-1)?.headers['retry-after'])).toBeGreaterThan(600);
    expect(tries[0]?.json()['detail']).toBe('E-mail address or password is wrong');
  });

  test('the command line gives an owner a new password, and ends their sessions', async () => {
    const reset = await gateway.command('users', 'reset-password', OWNER.email);
    expect(reset.code).toBe(0);
    expect((await ask(gateway, owner, 'GET', '/session')).status).toBe(401);
    await gateway.kill9();
    await gateway.start();
    owner = await signIn(gateway, OWNER.email, reset.stdout.split('\n')[0] ?? '');
  });
});

describe('keys and exchanges', () => {
  test('a key made here works at once, is switched off and revoked, and every step is in the audit log', async () => {
    const made = await ask(gateway, owner, 'POST', '/keys', { name: 'from the console' });
    expect(made.status).toBe(201);
    const key = String(made.json()['key']);
    const id = /sk-ez-(\w{12})-/.exec(key)?.[1] ?? '';
    await gateway.waitForKey(key, true);
    const headers = { 'x-api-key': key, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' };
    const body = { model: 'claude-opus-5-5', max_tokens: 20, messages: [{ role: 'user', content: 'hi' }] };
    const message = await call(`${gateway.url}/v1/messages`, { headers, body });
    expect(message.status).toBe(200);
    const requestId = message.headers['request-id'] ?? '';
    await gateway.settledRow(requestId);
    const page = (await ask(gateway, owner, 'GET', `/exchanges?key_id=${id}&status=ok`)).json();
    expect(page).toMatchObject({ exchanges: [{ id: requestId, key_id: id, status: 'ok' }], next_before: null });
    const detail = (await ask(gateway, owner, 'GET', `/exchanges/${requestId}`)).json();
    expect(detail).toMatchObject({ id: requestId, attempts: [{ attempt: 1, status: 'ok', error_text: null }] });
    const receipt = (await ask(gateway, owner, 'GET', `/receipts/${requestId}`)).json();
    expect(detail['receipt']).toEqual(receipt);
    expect(receipt).toMatchObject({ id: requestId, attempts: [{ charge: { lines: [{ class: 'input' }, {}] } }] });
    expect((await ask(gateway, owner, 'PATCH', `/keys/${id}`, { disabled: true })).status).toBe(200);
    await gateway.waitForKey(key, false);
    expect((await ask(gateway, owner, 'DELETE', `/keys/${id}`)).status).toBe(200);
    expect((await ask(gateway, owner, 'PATCH', `/keys/${id}`, { disabled: false })).status).toBe(409);
    const audit = (await ask(gateway, owner, 'GET', '/audit?limit=3')).json();
    expect(audit).toMatchObject({
      rows: [{ action: 'keys.revoke' }, { action: 'keys.disable' }, { action: 'keys.create', subject: `key:${id}` }],
    });
    expect(JSON.stringify(audit)).not.toContain(key);
  });

  test('foreign and made-up ids are not found', async () => {
    for (const path of ['/keys/missing', '/tokens/missing', '/session/all/missing']) {
      expect((await ask(gateway, owner, 'DELETE', path)).status).toBe(404);
    }
    expect((await ask(gateway, owner, 'GET', '/exchanges/missing')).status).toBe(404);
  });
});

describe('reach', () => {
  test('under an unknown host name, or through a proxy, there is no admin API', async () => {
    const { badge } = await makeToken(gateway, owner, 'owner');
    for (const headers of [{ host: 'evil.example' }, { 'x-forwarded-for': '192.0.2.1' }]) {
      expect((await ask(gateway, { ...badge, ...headers }, 'GET', '/keys')).status).toBe(404);
    }
    expect((await ask(gateway, badge, 'GET', '/keys')).status).toBe(200);
  });

  test('every answer forbids what a page could do with it, and invites no other origin', async () => {
    for (const path of ['/session', '/missing', '/setup']) {
      const { headers } = await ask(gateway, { origin: 'https://evil.example' }, 'GET', path);
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
      });
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  test('unknown paths and methods, long and broken bodies are problems in shape', async () => {
    const statuses = [
      await ask(gateway, owner, 'GET', '/missing'),
      await ask(gateway, owner, 'PUT', '/keys'),
      await ask(gateway, owner, 'POST', '/keys', { name: 'x'.repeat(70_000) }),
      await call(`${gateway.url}/admin/api/keys`, {
        method: 'POST',
        headers: { ...owner, 'content-type': 'application/json' },
        body: '{"name":',
      }),
    ];
    expect(statuses.map(problemStatus)).toEqual([404, 405, 413, 400]);
  });
});

describe('the audit log', () => {
  test('a row that was changed behind our back is named', async () => {
    const whole = await gateway.command('audit', 'verify');
    expect(whole).toMatchObject({ code: 0 });
    const change = "UPDATE audit SET actor = 'nobody' WHERE id = 2";
    await expect(damageStore(gateway.storeLocation, change)).rejects.toThrow(/append-only/);
    await damageStore(gateway.storeLocation, `DROP TRIGGER audit_keeps_values; ${change}`);
    const broken = await gateway.command('audit', 'verify', '--json');
    expect([broken.code, JSON.parse(broken.stdout)]).toEqual([1, { ok: false, rows: 1, first_broken: 2 }]);
  });

  test('writers at the same time all find their place in the chain', async () => {
    const other = await startGateway({ config: SIMULATOR_CONFIG });
    const badge = await setUp(other);
    const made = await Promise.all(
      Array.from({ length: 200 }, (_, index) => ask(other, badge, 'POST', '/keys', { name: `key ${index}` })),
    );
    expect(made.map(({ status }) => status)).toEqual(made.map(() => 201));
    const verified = await other.command('audit', 'verify', '--json');
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, rows: 201 });
    await other.dispose();
  });
});
