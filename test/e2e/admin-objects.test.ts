import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '../../src/core/json.ts';
import { ask, type Badge, makeToken, setUp } from '../support/administrator.ts';
import { type Answer, call } from '../support/call.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';
import { waitFor } from '../support/wait.ts';

const MODEL = 'claude-opus-5-5';
const CONFIG = `${SIMULATOR_CONFIG}
projects: { ruled: {} }
budgets: { ruled: { project: ruled, amount: 5 } }
limits:
  - { project: ruled, requests_per_minute: 1000 }
retention: { bodies: { days: 30 } }
`;

let gateway: Gateway;
let owner: Badge;

beforeAll(async () => {
  gateway = await startGateway({ config: CONFIG });
  owner = await setUp(gateway);
});

afterAll(() => gateway?.dispose());

/** Asks as the owner; a failure is told with all that it says. */
async function done(method: string, path: string, body?: JsonObject): Promise<JsonObject> {
  const answer = await ask(gateway, owner, method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.json();
}

async function made(path: string, of: string, body: JsonObject): Promise<{ id: string; answer: JsonObject }> {
  const answer = await done('POST', path, body);
  return { id: stringAt(objectAt(answer, of) ?? {}, 'id') ?? '', answer };
}

function message(key: string): Promise<Answer> {
  const headers = { 'x-api-key': key, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' };
  const body = { model: MODEL, max_tokens: 20, messages: [{ role: 'user', content: 'hi' }] };
  return call(`${gateway.url}/v1/messages`, { headers, body });
}

/** Waits until a change has reached the data plane; at most the second that is promised (S13). */
const waitForStatus = (key: string, status: number) =>
  waitFor(`a ${status}`, async () => (await message(key)).status === status, 1_000);

describe('projects', () => {
  test('a project is made, renamed, bounded and archived, and its keys follow within a second', async () => {
    const project = await made('/projects', 'project', { name: 'research', tags: ['lab'] });
    const key = await made('/keys', 'record', { name: 'laptop', project_id: project.id });
    const secret = String(key.answer['key']);
    await waitForStatus(secret, 200);
    await done('PATCH', `/projects/${project.id}`, { name: 'science', models: ['other-*'] });
    await waitForStatus(secret, 403);
    await done('PATCH', `/projects/${project.id}`, { models: null });
    await waitForStatus(secret, 200);
    await done('PATCH', `/projects/${project.id}`, { ip_allow: ['192.0.2.0/24'] });
    await waitForStatus(secret, 403);
    await done('PATCH', `/projects/${project.id}`, { ip_allow: null, archived: true });
    await waitForStatus(secret, 401);
    expect(await done('GET', `/keys/${key.id}`)).toMatchObject({
      record: { state: 'archived', project_name: 'science' },
    });
    const taken = await ask(gateway, owner, 'POST', '/projects', { name: 'science' });
    expect([taken.status, taken.json()['detail']]).toEqual([409, 'name: is taken by another project']);
  });

  test('what the configuration file rules is shown and not changed', async () => {
    const { projects } = await done('GET', '/projects');
    const id = Array.isArray(projects) ? projects.find((each) => JSON.stringify(each).includes('"ruled"')) : undefined;
    const ruled = stringAt(JSON.parse(JSON.stringify(id)), 'id') ?? '';
    const { budgets } = await done('GET', '/budgets');
    const budget = /"id":"(bud_\w+)","name":"ruled"/.exec(JSON.stringify(budgets))?.[1] ?? '';
    const { limits } = await done('GET', '/limits');
    const limit = /"id":"([\w-]+)"/.exec(JSON.stringify(limits))?.[1] ?? '';
    const refused = [
      await ask(gateway, owner, 'PATCH', `/projects/${ruled}`, { archived: true }),
      await ask(gateway, owner, 'PATCH', `/budgets/${budget}`, { amount_nano_usd: 1 }),
      await ask(gateway, owner, 'DELETE', `/budgets/${budget}`),
      await ask(gateway, owner, 'DELETE', `/limits/${limit}`),
    ];
    for (const answer of refused) {
      expect([answer.status, answer.json()['detail']]).toEqual([409, expect.stringMatching(/configuration file/)]);
    }
  });
});

describe('keys', () => {
  test('a rotated key keeps its id; the old secret works through the overlap and no longer', async () => {
    const key = await made('/keys', 'record', { name: 'rotated' });
    const before = String(key.answer['key']);
    await waitForStatus(before, 200);
    const rotated = await done('POST', `/keys/${key.id}/rotate`, { overlap_seconds: 3_600 });
    const after = String(rotated['key']);
    expect(after.slice(0, 19)).toBe(before.slice(0, 19));
    expect(after).not.toBe(before);
    await waitForStatus(after, 200);
    expect((await message(before)).status).toBe(200);
    const again = String((await done('POST', `/keys/${key.id}/rotate`, {}))['key']);
    await waitForStatus(again, 200);
    expect([(await message(before)).status, (await message(after)).status]).toEqual([401, 401]);
    await done('DELETE', `/keys/${key.id}`);
    await waitForStatus(again, 401);
    expect((await ask(gateway, owner, 'POST', `/keys/${key.id}/rotate`, {})).status).toBe(409);
  });

  test('a key is changed: models, addresses, tags, expiry; a budget and limits on it hold', async () => {
    const key = await made('/keys', 'record', { name: 'changed', tags: ['a'], models: [MODEL] });
    const secret = String(key.answer['key']);
    await waitForStatus(secret, 200);
    await done('PATCH', `/keys/${key.id}`, { models: ['nothing-*'] });
    await waitForStatus(secret, 403);
    const changes = { name: 'other', models: null, tags: ['b', 'c'], ip_allow: ['127.0.0.1', '::1'], expires_at: null };
    expect(await done('PATCH', `/keys/${key.id}`, changes)).toMatchObject({ record: changes });
    await waitForStatus(secret, 200);
    const budget = await made('/budgets', 'budget', {
      name: 'for one key',
      scope: 'key',
      scope_id: key.id,
      amount_nano_usd: 1,
      alerts: [100, 50, 50],
    });
    expect(budget.answer).toMatchObject({ budget: { amount_nano_usd: 1, left_nano_usd: 1, alerts: [50, 100] } });
    await waitForStatus(secret, 402);
    await done('PATCH', `/budgets/${budget.id}`, { amount_nano_usd: 10_000_000_000 });
    await waitForStatus(secret, 200);
    await done('DELETE', `/budgets/${budget.id}`);
    const limit = await made('/limits', 'limit', { scope: 'key', scope_id: key.id, requests_per_minute: 1 });
    await waitForStatus(secret, 429);
    await done('DELETE', `/limits/${limit.id}`);
    await waitForStatus(secret, 200);
    await done('PATCH', `/keys/${key.id}`, { expires_at: 1 });
    await waitForStatus(secret, 401);
  });

  test('bad values are refused by field', async () => {
    const bodies: [string, string, JsonObject][] = [
      ['/keys', 'models', { name: 'x', models: [] }],
      ['/keys', 'ip_allow.0', { name: 'x', ip_allow: ['300.0.0.1'] }],
      ['/keys', 'tags.0', { name: 'x', tags: ['no spaces'] }],
      ['/keys', 'expires_at', { name: 'x', expires_at: 1.5 }],
      ['/budgets', 'time_zone', { name: 'x', scope: 'tag', scope_id: 'a', amount_nano_usd: 1, time_zone: 'Mars' }],
      ['/limits', 'requests_per_minute', { scope: 'model', scope_id: '*' }],
    ];
    for (const [path, field, body] of bodies) {
      const answer = await ask(gateway, owner, 'POST', path, body);
      expect([answer.status, answer.json()['errors']]).toMatchObject([400, [{ field }]]);
    }
    const nobody = { name: 'x', scope: 'key', scope_id: 'missing', amount_nano_usd: 1 };
    expect((await ask(gateway, owner, 'POST', '/budgets', nobody)).status).toBe(400);
  });
});

describe('budgets', () => {
  test('a prepaid budget is topped up, never below nothing', async () => {
    const budget = await made('/budgets', 'budget', {
      name: 'prepaid',
      scope: 'tag',
      scope_id: 'customer',
      period: 'prepaid',
      amount_nano_usd: 5_000,
    });
    const topUp = (amount: number) =>
      ask(gateway, owner, 'POST', `/budgets/${budget.id}/top-up`, { amount_nano_usd: amount });
    expect((await topUp(2_500)).json()).toMatchObject({ budget: { amount_nano_usd: 7_500, left_nano_usd: 7_500 } });
    expect((await topUp(-8_000)).status).toBe(409);
    expect((await topUp(-7_500)).json()).toMatchObject({ budget: { amount_nano_usd: 0 } });
    const changed = await ask(gateway, owner, 'PATCH', `/budgets/${budget.id}`, { amount_nano_usd: 1 });
    expect(changed.status).toBe(409);
    const doctor = await gateway.command('doctor');
    expect([doctor.code, doctor.stdout]).toEqual([0, expect.any(String)]);
  });
});

describe('settings', () => {
  test('what the file leaves open is set here and taken back, what it says is managed', async () => {
    expect(await done('GET', '/settings')).toMatchObject({
      settings: {
        language: null,
        retention: { bodies: { days: 30, managed: true }, rows: { days: null, managed: false } },
        disk: { state: 'ok' },
        alerts: [],
      },
    });
    const wanted = { language: 'zh-CN', time_zone: 'Asia/Shanghai', rows_days: 400, rollups_days: 800 };
    expect(await done('PATCH', '/settings', wanted)).toMatchObject({
      settings: {
        language: 'zh-CN',
        time_zone: 'Asia/Shanghai',
        retention: { rows: { days: 400 }, rollups: { days: 800 } },
      },
    });
    const refused: [JsonObject, number, RegExp][] = [
      [{ bodies_days: 3 }, 409, /bodies_days: is managed/],
      [{ rollups_days: 399 }, 400, /at least the days of rows/],
      [{ time_zone: 'Mars' }, 400, /IANA/],
    ];
    for (const [body, status, detail] of refused) {
      const answer = await ask(gateway, owner, 'PATCH', '/settings', body);
      expect([answer.status, answer.json()['detail']]).toEqual([status, expect.stringMatching(detail)]);
    }
    const { badge } = await makeToken(gateway, owner, 'admin');
    expect((await ask(gateway, badge, 'PATCH', '/settings', { language: 'en' })).status).toBe(403);
    const back = { language: null, time_zone: null, rows_days: null, rollups_days: null };
    expect(await done('PATCH', '/settings', back)).toMatchObject({
      settings: { language: null, retention: { rows: { days: null }, rollups: { days: null } } },
    });
  });
});

describe('versions', () => {
  test('a change to another version than the one that was seen is refused, by two at once one', async () => {
    const key = await made('/keys', 'record', { name: 'seen' });
    const seen = await ask(gateway, owner, 'GET', `/keys/${key.id}`);
    const match = { ...owner, 'if-match': seen.headers['etag'] ?? '' };
    expect(match['if-match']).toMatch(/^"[\w-]{22}"$/);
    const changes = await Promise.all(
      ['one', 'two', 'three', 'four'].map((name) => ask(gateway, match, 'PATCH', `/keys/${key.id}`, { name })),
    );
    expect(changes.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
    const winner = changes.find(({ status }) => status === 200);
    const now = await ask(gateway, owner, 'GET', `/keys/${key.id}`);
    expect([now.headers['etag'], now.text]).toEqual([winner?.headers['etag'], winner?.text]);
    const next = { ...owner, 'if-match': now.headers['etag'] ?? '' };
    expect((await ask(gateway, next, 'DELETE', `/keys/${key.id}`)).status).toBe(200);
    expect((await ask(gateway, match, 'POST', '/keys', { name: 'x' })).status).toBe(400);
  });

  test('limits are set in place of those that were seen, the first of a key too', async () => {
    const key = await made('/keys', 'record', { name: 'limited' });
    const place = { scope: 'key', scope_id: String(key.id) };
    const at = `/limits/key/${key.id}`;
    const see = async () => {
      const seen = await ask(gateway, owner, 'GET', at);
      return { limit: seen.json()['limit'], badge: { ...owner, 'if-match': seen.headers['etag'] ?? '' } };
    };
    for (const round of [1, 2]) {
      const { limit, badge } = await see();
      expect(limit === null).toBe(round === 1);
      const answers = await Promise.all(
        [50, 70, 90].map((count) =>
          ask(gateway, badge, 'POST', '/limits', { ...place, requests_per_minute: count * round }),
        ),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
      const winner = answers.find(({ status }) => status === 200);
      expect(winner?.headers['etag']).toBe((await see()).badge['if-match']);
      expect(winner?.json()['limit']).toEqual((await see()).limit);
    }
    const { limit, badge } = await see();
    await done('POST', '/limits', { ...place, concurrent: 3 });
    const path = `/limits/${limit !== undefined && isJsonObject(limit) ? limit['id'] : ''}`;
    expect((await ask(gateway, badge, 'DELETE', path)).status).toBe(412);
    expect((await ask(gateway, (await see()).badge, 'DELETE', path)).status).toBe(200);
    expect((await see()).limit).toBeNull();
  });
});

describe('repeated requests', () => {
  const withKey = (badge: Badge, key: string): Badge => ({ ...badge, 'idempotency-key': key });
  const count = async () => JSON.stringify(await done('GET', '/keys')).split('"id"').length;

  test('the same request with the same key is done once and answered alike, its secret included', async () => {
    const before = await count();
    const send = () => ask(gateway, withKey(owner, 'k-1'), 'POST', '/keys', { name: 'once' });
    const first = await send();
    const again = await send();
    expect([first.status, again.status, again.text]).toEqual([201, 201, first.text]);
    expect([first.headers['idempotency-replayed'], again.headers['idempotency-replayed']]).toEqual([undefined, 'true']);
    expect(await count()).toBe(before + 1);
    const other = await ask(gateway, withKey(owner, 'k-1'), 'POST', '/keys', { name: 'other' });
    expect([other.status, other.json()['code']]).toEqual([422, 'key_reused']);
    const { badge } = await makeToken(gateway, owner, 'admin');
    const somebody = await ask(gateway, withKey(badge, 'k-1'), 'POST', '/keys', { name: 'once' });
    expect([somebody.status, somebody.headers['idempotency-replayed']]).toEqual([201, undefined]);
    expect(somebody.text).not.toBe(first.text);
  });

  test('C14 of many at once one is done, and a failure may be tried again', async () => {
    const before = await count();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => ask(gateway, withKey(owner, 'k-2'), 'POST', '/keys', { name: 'raced' })),
    );
    const made = answers.filter(({ status }) => status === 201);
    // Whoever comes while it is under way is told so, whoever comes later gets the same answer.
    expect(answers.filter(({ status }) => status === 409).length).toBe(answers.length - made.length);
    expect(new Set(made.map(({ text }) => text)).size).toBe(1);
    expect(await count()).toBe(before + 1);
    const failing = { name: 'late', project_id: 'missing' };
    expect((await ask(gateway, withKey(owner, 'k-3'), 'POST', '/keys', failing)).status).toBe(400);
    expect((await ask(gateway, withKey(owner, 'k-3'), 'POST', '/keys', { name: 'late' })).status).toBe(201);
    expect((await ask(gateway, withKey(owner, 'a b'), 'POST', '/keys', { name: 'x' })).status).toBe(400);
  });
});
