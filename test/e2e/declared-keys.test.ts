import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateKey } from '../../src/access/key-format.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';
import { waitFor } from '../support/wait.ts';

const MODEL = 'simulator';
const [ofVariable, ofFile] = [generateKey(), generateKey()];

/** How the file refers to a variable. */
const FROM_VARIABLE = `$${'{CI_KEY}'}`;

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({
    config: SIMULATOR_CONFIG,
    environment: { CI_KEY: ofVariable.key },
    patience: 30_000,
  });
});
afterAll(() => gateway?.dispose());

/** Has the running server take over a file. */
function write(more: JsonObject): void {
  const text = Object.entries(more).map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`);
  writeFileSync(gateway.configFile ?? '', SIMULATOR_CONFIG + text.join(''));
}

const ask = (key: string, model = MODEL) =>
  gateway.messages({ model, max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] }, { 'x-api-key': key });

const status = async (key: string, model?: string) => (await ask(key, model)).status;

const becomes = (key: string, wanted: number, model?: string) =>
  waitFor(`an answer of ${wanted}`, async () => (await status(key, model)) === wanted || undefined);

test('keys of the file are taken over with all that it says of them, and let go', { timeout: 60_000 }, async () => {
  const { id, key, digest }: { id: string; key: string; digest: string } = JSON.parse(
    (await gateway.command('keys', 'generate', '--json')).stdout,
  );
  writeFileSync(join(gateway.folder, 'laptop.key'), `${ofFile.key}\n`);
  expect(await status(key)).toBe(401);
  const laptop = { secret_file: 'laptop.key' };
  write({
    projects: { research: { ip_allow: ['127.0.0.0/8', '::1'], tags: ['r'], expires: '2099-01-01' } },
    keys: {
      ci: {
        secret: FROM_VARIABLE,
        project: 'research',
        models: ['simulator*'],
        limits: { requests_per_minute: 1, burst: '60s' },
      },
      laptop,
      far: { id, digest, ip_allow: ['192.0.2.0/24'] },
    },
  });
  await becomes(ofFile.key, 200);
  expect(await status(ofVariable.key, 'no-such-model')).toBe(403);
  await becomes(ofVariable.key, 429);
  // It is who it says it is, from the wrong address.
  expect(await status(key)).toBe(403);
  const listed: { name: string; managed: boolean; project: string }[] = JSON.parse(
    (await gateway.command('keys', 'list', '--json')).stdout,
  );
  expect(
    listed
      .filter(({ managed }) => managed)
      .map(({ name, project }) => `${name} of ${project}`)
      .sort(),
  ).toEqual(['ci of research', 'far of default', 'laptop of default']);
  expect(await gateway.command('keys', 'disable', 'laptop')).toMatchObject({
    code: 1,
    stderr: 'ezmodel: key laptop is managed by the config file: change it there\n',
  });

  write({
    projects: { research: { ip_allow: ['192.0.2.0/24'] } },
    keys: { laptop: { ...laptop, project: 'default', disabled: true } },
  });
  await becomes(ofFile.key, 401);
  await becomes(ofVariable.key, 401);
  write({
    projects: { research: { ip_allow: ['192.0.2.0/24'] } },
    keys: { laptop, ci: { secret: FROM_VARIABLE, project: 'research' } },
  });
  await becomes(ofFile.key, 200);
  await becomes(ofVariable.key, 403);

  expect((await gateway.command('keys', 'revoke', 'laptop')).code).toBe(0);
  await becomes(ofFile.key, 401);
  await gateway.stop();
  await gateway.start();
  expect(await status(ofFile.key)).toBe(401);
  expect(gateway.output).not.toContain(ofVariable.key);
});

test.each([
  ['keys.ci.secret: must be a whole key', { ci: { secret: 'sk-ez-no-such-thing-at-all' } }],
  ['keys.ci.secret_file: cannot be read (ENOENT)', { ci: { secret_file: 'nowhere' } }],
  ['keys.ci.secret: is required, or secret_file', { ci: {} }],
  ['keys.ci.id: id and digest stand together', { ci: { id: 'abcdefghijkl' } }],
  ['keys.b: is the same key as a', { a: { secret: ofFile.key }, b: { secret: ofFile.key } }],
])('a file that cannot be right is refused: %s', async (message, keys) => {
  const file = join(gateway.folder, 'wrong.yaml');
  writeFileSync(file, `${SIMULATOR_CONFIG}keys: ${JSON.stringify(keys)}\n`);
  const { code, stderr } = await gateway.command('--config', file, 'config', 'check');
  expect(code).toBe(1);
  expect(stderr).toContain(message);
});
