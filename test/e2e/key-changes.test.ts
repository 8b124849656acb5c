import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';
import { waitFor } from '../support/wait.ts';

let gateway: Gateway;
let key: string;

beforeAll(async () => {
  gateway = await startGateway({ config: SIMULATOR_CONFIG });
  const project = await gateway.command(
    'projects',
    'create',
    '--name',
    'team',
    '--models',
    'claude-*',
    '--tags',
    'team',
  );
  expect(project.code, project.stderr).toBe(0);
  ({ key } = await gateway.createKey('laptop', '--project', 'team', '--models', 'claude-haiku-*', '--tags', 'old'));
  await gateway.waitForKey(key, true);
});
afterAll(() => gateway?.dispose());

async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await gateway.command(...args);
  expect(code, stderr).toBe(0);
  return stdout;
}

const ask = (model: string, secret = key) =>
  gateway.messages({ model, max_tokens: 8, messages: [{ role: 'user', content: 'hi' }] }, { 'x-api-key': secret });

const settings = async (): Promise<JsonObject | undefined> =>
  (JSON.parse(await run('keys', 'list', '--json')) as JsonObject[]).find(({ name }) => name === 'laptop');

test('keys set changes what is named and leaves the rest, on the running server within a second', async () => {
  const [haiku, opus] = ['claude-haiku-4-5', 'claude-opus-5'];
  expect((await ask(opus)).status).toBe(403);
  await run(
    'keys',
    'set',
    'laptop',
    '--models',
    opus,
    '--tags',
    'new,second',
    '--expires',
    '1d',
    '--ip-allow',
    '127.0.0.1',
  );
  await waitFor('the models to be in force', async () => (await ask(opus)).status === 200, 1_000);
  expect((await ask(haiku)).status).toBe(403);
  expect(await settings()).toMatchObject({ models: [opus], tags: ['new', 'second'], ip_allow: ['127.0.0.1'] });
  const groups = async () => (await gateway.usage('--by', 'tag')).groups.map(({ tag }) => tag);
  await waitFor('the tags in the usage', async () => (await groups()).includes('second'));
  expect((await groups()).toSorted()).toEqual(['new', 'second', 'team']);

  await run('keys', 'set', 'laptop', '--no-models', '--no-tags', '--no-expires', '--no-ip-allow');
  await waitFor('all models of the project', async () => (await ask(haiku)).status === 200, 1_000);
  expect(await settings()).toMatchObject({ models: null, tags: [], ip_allow: null, expires_at: null });
  await run('projects', 'set', 'team', '--no-models', '--no-tags');
  const [, team] = JSON.parse(await run('projects', 'list', '--json'));
  expect(team).toMatchObject({ name: 'team', models: null, default_tags: [] });
});

test('keys rotate gives a new secret under the same id; the one so far works as long as was said', async () => {
  const { id, key: next } = JSON.parse(await run('keys', 'rotate', 'laptop', '--overlap', '1h', '--json'));
  await gateway.waitForKey(next, true);
  expect(next).toContain(id);
  expect((await ask('claude-haiku-4-5')).status).toBe(200);
  const [last = ''] = (await run('keys', 'rotate', id)).split('\n');
  await gateway.waitForKey(last, true);
  expect((await ask('claude-haiku-4-5')).status).toBe(401);
  expect((await gateway.command('keys', 'rotate', id, '--overlap', '31d')).stderr).toContain('30 days');
  await run('keys', 'revoke', id);
  expect((await gateway.command('keys', 'set', id, '--no-tags')).stderr).toContain('revoked');
});
