import type { KeySetting } from '../config/config.ts';
import { insertKey, listKeys, type StoredKey, updateKeyStatement } from '../store/keys.ts';
import type { Store } from '../store/open.ts';
import { listProjects } from '../store/projects.ts';
import { digestKey, parseKey } from './key-format.ts';

/**
 * Makes the store say of API keys what the file says, and marks them as managed by it. A key that has left the file is switched off,
 * and no longer managed. What was revoked stays so.
 * @param now Unix ms.
 * @throws Error naming the entry that cannot be taken over.
 */
export async function syncKeys(
  store: Store,
  pepper: Uint8Array,
  settings: readonly KeySetting[],
  now: number,
): Promise<void> {
  const known = await listKeys(store);
  if (settings.length === 0 && !known.some(({ managed }) => managed)) return;
  const projects = await listProjects(store);
  for (const setting of settings) {
    const project = projects.find(({ id, name }) => id === setting.project || name === setting.project);
    if (!project) throw wrong(setting, 'project', `there is no project ${JSON.stringify(setting.project)}`);
    const before = known.find(({ id }) => id === setting.id);
    if (before && before.projectId !== project.id) throw wrong(setting, 'project', 'a key never changes its project');
    const record = recordOf(setting, { project: project.id, before, pepper, now });
    if (!before) await insertKey(store, record);
    else if (textOf(before) !== textOf(record)) await store.writer.run(updateKeyStatement(record));
  }
  const ids = new Set(settings.map(({ id }) => id));
  for (const { project: _, ...key } of known.filter(({ id, managed }) => managed && !ids.has(id))) {
    await store.writer.run(updateKeyStatement({ ...key, managed: false, disabledAt: key.disabledAt ?? now }));
  }
}

type Place = { project: string; before: StoredKey | undefined; pepper: Uint8Array; now: number };

function recordOf(setting: KeySetting, { project, before, pepper, now }: Place): StoredKey {
  const { id, name, proof, models, tags, ipAllow, expiresAt, disabled } = setting;
  if ('key' in proof && !parseKey(proof.key)) throw wrong(setting, 'secret', 'is mistyped: its checksum is wrong');
  return {
    id,
    name,
    digest: 'key' in proof ? digestKey(proof.key, pepper) : Buffer.from(proof.digest, 'hex'),
    previous: null,
    lastFour: 'key' in proof ? proof.key.slice(-4) : (before?.lastFour ?? '????'),
    models: models === undefined ? null : [...models],
    createdAt: before?.createdAt ?? now,
    expiresAt: expiresAt ?? null,
    disabledAt: disabled ? (before?.disabledAt ?? now) : null,
    revokedAt: before?.revokedAt ?? null,
    projectId: project,
    ipAllow: ipAllow === undefined ? null : [...ipAllow],
    tags: [...tags],
    managed: true,
  };
}

/** All that is stored of a key, as a text to compare. */
function textOf({ project: _, ...key }: StoredKey & { project?: unknown }): string {
  return JSON.stringify(Object.entries({ ...key, digest: Buffer.from(key.digest).toString('hex') }).sort());
}

function wrong({ name }: KeySetting, field: string, problem: string): Error {
  return new Error(`keys.${name}.${field}: ${problem}`);
}
