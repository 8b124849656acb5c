import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Endpoint } from '../../src/admin/endpoint.ts';
import { ENDPOINTS } from '../../src/admin/endpoints.ts';
import { objectAt, stringAt } from '../../src/core/json.ts';
import { isAtLeast } from '../../src/core/role.ts';
import { ask, type Badge, makeProject, makeUser, setUp, signIn } from '../support/administrator.ts';
import { exampleOf } from '../support/example-of.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';

/** A project with a key that has been used once, and a member (a program: people are slow to sign in) who may do everything there. */
type Tenant = { projectId: string; keyId: string; exchangeId: string; userId: string; badge: Badge };

const KEPT = 'payloads:\n  - { project: ours, keep: 1h }\n  - { project: theirs, keep: 1h }\n';

let gateway: Gateway;
let owner: Badge;
let ours: Tenant;
let theirs: Tenant;

beforeAll(async () => {
  gateway = await startGateway({ config: `${SIMULATOR_CONFIG}${KEPT}` });
  owner = await setUp(gateway);
  ours = await makeTenant('ours');
  theirs = await makeTenant('theirs');
});

afterAll(() => gateway?.dispose());

async function makeTenant(name: string): Promise<Tenant> {
  const projectId = await makeProject(gateway, name);
  const { id: keyId, key } = await gateway.createKey(`key of ${name}`, '--project', name);
  await gateway.waitForKey(key, true);
  const body = { model: 'claude-opus-5-5', max_tokens: 20, messages: [{ role: 'user', content: 'hi' }] };
  const message = await gateway.messages(body, { 'x-api-key': key });
  const exchangeId = message.headers['request-id'] ?? '';
  await gateway.settledRow(exchangeId);
  const { id: userId, badge } = await makeMember(name, 'member', projectId, 'admin');
  const subject = { scope: 'project', scope_id: projectId };
  const budget = await ask(gateway, owner, 'POST', '/budgets', { name, ...subject, amount_nano_usd: 1_000_000_000 });
  const limit = await ask(gateway, owner, 'POST', '/limits', { ...subject, requests_per_minute: 1_000 });
  expect([budget, limit].map(({ status }) => status)).toEqual([201, 200]);
  return { projectId, keyId, exchangeId, userId, badge };
}

/** An admin token with a role in the gateway and one in a project. */
async function makeMember(name: string, role: string, projectId: string, projectRole: string) {
  const projects = [{ project_id: projectId, role: projectRole }];
  const made = (await ask(gateway, owner, 'POST', '/tokens', { name, role, days: 1, projects })).json();
  const id = stringAt(objectAt(made, 'record') ?? {}, 'id') ?? '';
  return { id, badge: { authorization: `Bearer ${made['token']}` } };
}

const projectEndpoints = ENDPOINTS.filter(({ owner: rule }) => rule === 'projects');

/** The path with ids of a tenant. @throws Error for a collection that this test does not know: give it an id of one here. */
function pathOf(path: string, { projectId, keyId, exchangeId, userId }: Tenant): string {
  const ids: Record<string, string> = {
    projects: projectId,
    keys: keyId,
    exchanges: exchangeId,
    receipts: exchangeId,
    sessions: 'no session',
  };
  const named: Record<string, string> = { member: userId, scope: 'key', scope_id: keyId };
  const collection = path.split('/')[1] ?? '';
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const id = name === 'id' ? ids[collection] : named[name];
    if (id === undefined) throw new Error(`no id for {${name}} of ${path}`);
    return id;
  });
}

function askWithExample({ method, path, body, query }: Endpoint, tenant: Tenant, badge: Badge) {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(exampleOf(query))) asked.set(name, String(value));
  const sent = Object.keys(body.shape).length > 0 ? exampleOf(body) : undefined;
  return ask(gateway, badge, method.toUpperCase(), `${pathOf(path, tenant)}?${asked}`, sent);
}

/** What an answer says, apart from the id of its request. */
const said = (text: string) => text.replace(/"request_id":"\w+"/, '');

describe('two tenants', () => {
  test('every endpoint that takes an id answers a foreign one as one that is not there', async () => {
    const nowhere = { projectId: 'missing', keyId: 'missing', exchangeId: 'missing', userId: 'missing', badge: {} };
    const wrong: string[] = [];
    for (const endpoint of projectEndpoints.filter(({ path }) => path.includes('{'))) {
      const foreign = await askWithExample(endpoint, theirs, ours.badge);
      const missing = await askWithExample(endpoint, nowhere, ours.badge);
      if (foreign.status === 404 && said(foreign.text) === said(missing.text)) continue;
      wrong.push(`${endpoint.method} ${endpoint.path}: ${foreign.status} ${foreign.text}`);
    }
    expect(wrong).toEqual([]);
  });

  test('no list shows what is foreign, and every list shows what is theirs to an owner', async () => {
    const foreign = [theirs.projectId, theirs.keyId, theirs.exchangeId, theirs.userId, 'theirs'];
    const shown: string[] = [];
    for (const endpoint of projectEndpoints.filter(({ method, path }) => method === 'get' && !path.includes('{'))) {
      const answer = await askWithExample(endpoint, ours, ours.badge);
      const all = await askWithExample(endpoint, ours, owner);
      if (answer.status !== 200 || all.status !== 200) shown.push(`${endpoint.path}: ${answer.status} ${all.status}`);
      for (const name of foreign.filter((word) => answer.text.includes(word))) shown.push(`${endpoint.path}: ${name}`);
      // Figures name nobody; where they sum over more, they are others.
      const showsMore = foreign.some((word) => all.text.includes(word)) || said(all.text) !== said(answer.text);
      if (!showsMore) shown.push(`${endpoint.path}: the owner sees nothing`);
    }
    expect(shown).toEqual([]);
    const filtered = await ask(gateway, ours.badge, 'GET', `/exchanges?key_id=${theirs.keyId}`);
    expect(filtered.json()).toEqual({ exchanges: [], next_before: null });
    const made = await ask(gateway, ours.badge, 'POST', '/keys', { name: 'mine', project_id: theirs.projectId });
    expect([made.status, made.json()['detail']]).toEqual([400, 'project_id: there is no such project']);
  });

  test('who is in no project sees nothing, an admin of the gateway all', async () => {
    const nobody = await makeUser(gateway, owner, 'nobody', 'viewer');
    const badge = await signIn(gateway, nobody.email, nobody.password);
    expect((await ask(gateway, badge, 'GET', '/keys')).json()).toEqual({ keys: [] });
    expect((await ask(gateway, badge, 'GET', '/exchanges')).json()).toMatchObject({ exchanges: [] });
    expect((await ask(gateway, badge, 'GET', '/usage')).json()).toMatchObject({ groups: [], totals: { exchanges: 0 } });
    const admin = await makeUser(gateway, owner, 'admin', 'admin');
    const all = await ask(gateway, await signIn(gateway, admin.email, admin.password), 'GET', '/keys');
    expect([ours.keyId, theirs.keyId].every((id) => all.text.includes(id))).toBe(true);
  });

  test('what is the gateway’s is for its admins, and the path of every id is one of a project, of oneself or of the gateway', () => {
    for (const { path, owner: rule, access } of ENDPOINTS) {
      if (rule === 'gateway') expect([path, access !== 'anyone' && isAtLeast(access, 'admin')]).toEqual([path, true]);
      if (path.includes('{')) expect([path, rule]).not.toEqual([path, 'everybody']);
    }
  });
});

describe('roles in a project', () => {
  test('a viewer there changes nothing, a member keys, an admin members too; a viewer of the gateway nothing anywhere', async () => {
    const allowed: Record<string, string[]> = {};
    for (const [gatewayRole, projectRole] of [
      ['member', 'viewer'],
      ['member', 'member'],
      ['member', 'admin'],
      ['viewer', 'admin'],
    ] as const) {
      const name = `${gatewayRole}-${projectRole}`;
      const { id, badge } = await makeMember(name, gatewayRole, ours.projectId, projectRole);
      const members = `/projects/${ours.projectId}/members`;
      const asked: [string, Promise<{ status: number }>][] = [
        ['see', ask(gateway, badge, 'GET', `/exchanges/${ours.exchangeId}`)],
        ['key', ask(gateway, badge, 'POST', '/keys', { name, project_id: ours.projectId })],
        ['members', ask(gateway, badge, 'PATCH', `${members}/${id}`, { role: projectRole })],
      ];
      const statuses = await Promise.all(asked.map(async ([what, answer]) => [what, (await answer).status] as const));
      expect(statuses.filter(([, status]) => ![200, 201, 403].includes(status))).toEqual([]);
      allowed[name] = statuses.flatMap(([what, status]) => (status === 403 ? [] : [what]));
    }
    expect(allowed).toEqual({
      'member-viewer': ['see'],
      'member-member': ['see', 'key'],
      'member-admin': ['see', 'key', 'members'],
      'viewer-admin': ['see'],
    });
  });

  test('a role that is taken away counts at once', async () => {
    const person = await makeUser(gateway, owner, 'gone', 'member');
    const members = `/projects/${ours.projectId}/members`;
    await ask(gateway, owner, 'POST', members, { email: person.email, role: 'viewer' });
    const badge = await signIn(gateway, person.email, person.password);
    expect((await ask(gateway, badge, 'GET', `/exchanges/${ours.exchangeId}`)).status).toBe(200);
    expect((await ask(gateway, badge, 'GET', '/session')).json()).toMatchObject({
      projects: [{ id: ours.projectId, name: 'ours', role: 'viewer' }],
    });
    expect((await ask(gateway, owner, 'DELETE', `${members}/${person.id}`)).status).toBe(200);
    expect((await ask(gateway, badge, 'GET', `/exchanges/${ours.exchangeId}`)).status).toBe(404);
  });

  test('an admin token of a program is a member like a person', async () => {
    const projects = [{ project_id: ours.projectId, role: 'viewer' }];
    const made = await ask(gateway, owner, 'POST', '/tokens', { name: 'report', role: 'member', days: 1, projects });
    const badge = { authorization: `Bearer ${made.json()['token']}` };
    expect((await ask(gateway, badge, 'GET', `/exchanges/${ours.exchangeId}`)).status).toBe(200);
    expect((await ask(gateway, badge, 'GET', `/exchanges/${theirs.exchangeId}`)).status).toBe(404);
    const members = await ask(gateway, owner, 'GET', `/projects/${ours.projectId}/members`);
    expect(members.text).toContain('"kind":"token","name":"report"');
    const unknown = [{ project_id: 'missing', role: 'viewer' }];
    const refused = await ask(gateway, owner, 'POST', '/tokens', {
      name: 'x',
      role: 'member',
      days: 1,
      projects: unknown,
    });
    expect(refused.status).toBe(400);
  });
});
