import { afterEach, describe, expect, test } from 'vitest';
import { ENDPOINTS } from '../../src/admin/endpoints.ts';
import { ask, badgeOf, OWNER, setUp } from '../support/administrator.ts';
import { call } from '../support/call.ts';
import { freePort } from '../support/free-port.ts';
import { Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';

let gateway: Gateway | undefined;

afterEach(async () => {
  await gateway?.dispose();
});

describe('before anybody administers', () => {
  test('models are answered to the first key, and of the admin API nothing but the set-up', async () => {
    const fresh = new Gateway({ config: SIMULATOR_CONFIG });
    gateway = fresh;
    await fresh.start();
    const wrong: string[] = [];
    for (const { method, path } of ENDPOINTS.filter((endpoint) => endpoint.path !== '/setup')) {
      const answer = await ask(fresh, {}, method.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'missing'));
      if (answer.status !== 401 || answer.json()['code'] !== 'setup_needed')
        wrong.push(`${method} ${path}: ${answer.status}`);
    }
    expect(wrong).toEqual([]);
    expect((await ask(fresh, {}, 'GET', '/setup')).json()).toEqual({ needed: true });
    const key = /sk-ez-[\w-]+/.exec(fresh.output)?.[0] ?? '';
    const body = { model: 'claude-opus-5-5', max_tokens: 20, messages: [{ role: 'user', content: 'hi' }] };
    expect((await fresh.messages(body, { 'x-api-key': key })).status).toBe(200);
    await setUp(fresh);
    expect((await ask(fresh, {}, 'GET', '/session')).json()).toMatchObject({ code: 'not_signed_in' });
  });
});

describe('ADMIN_PORT', () => {
  test('has the console and the admin API, which the port of the models then has not, and models for the console', async () => {
    const port = await freePort();
    gateway = await startGateway({ config: SIMULATOR_CONFIG, environment: { ADMIN_PORT: String(port) } });
    const own = `http://127.0.0.1:${port}`;
    expect(gateway.output).toContain(`Console and admin API: ${own}/console`);
    const statuses = async (base: string) => {
      const paths = ['/admin/api/setup', '/console', '/v1/models', '/healthz'];
      return Promise.all(
        paths.map(async (path) => (await call(base + path, { headers: gateway?.headers() ?? {} })).status),
      );
    };
    expect(await statuses(gateway.url)).toEqual([404, 404, 200, 200]);
    // The console asks models as a client does, from its own origin.
    expect(await statuses(own)).toEqual([200, 200, 200, 404]);
    expect(await gateway.stop()).toBe(0);
  });
});

describe('behind a proxy of ours', () => {
  test('the audit log and the holding off of guesses know whom it speaks for, and nobody speaks for himself', async () => {
    const config = `${SIMULATOR_CONFIG}server: { admin: { open: true }, trusted_proxies: [127.0.0.1] }\n`;
    gateway = await startGateway({ config });
    const owner = await setUp(gateway);
    const behind = (address: string) => ({ 'x-forwarded-for': address });
    const guess = (address: string, email: string) =>
      ask(gateway ?? expect.fail(), behind(address), 'POST', '/session', { email, password: 'wrong' });
    const tries = ['a', 'b', 'c', 'd', 'e'].map((name) => guess('203.0.113.1', `${name}@example.org`));
    expect((await Promise.all(tries)).map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
    expect((await guess('203.0.113.1', 'f@example.org')).status).toBe(429);
    // What stands further to the left was written by whom the proxy speaks for.
    expect((await guess('198.51.100.7, 203.0.113.1', 'f@example.org')).status).toBe(429);
    const { email, password } = OWNER;
    const refused = await ask(gateway, behind('203.0.113.1'), 'POST', '/session', { email, password });
    expect(refused.status).toBe(429);
    const entered = await ask(gateway, behind('203.0.113.2'), 'POST', '/session', { email, password });
    expect(entered.status).toBe(201);
    const sessions = await ask(gateway, badgeOf(entered), 'GET', '/session/all');
    expect(sessions.json()).toMatchObject({ sessions: [{ address: '203.0.113.2' }, { address: '127.0.0.1' }] });
    const audit = await ask(gateway, owner, 'GET', '/audit?limit=2');
    expect(audit.json()).toMatchObject({
      rows: [
        { action: 'session.begin', address: '203.0.113.2' },
        { action: 'session.refuse', address: '203.0.113.1' },
      ],
    });
  });
});
