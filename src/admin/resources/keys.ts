import { z } from '@hono/zod-openapi';
import { keyState, makeKey } from '../../access/keys.ts';
import {
  disableKeyStatement,
  findKey,
  insertKeyStatement,
  type KeyRecord,
  listKeys,
  revokeKeyStatement,
} from '../../store/keys.ts';
import { DEFAULT_PROJECT_ID, listProjects } from '../../store/projects.ts';
import { makeChange } from '../audited.ts';
import { type AdminParts, type Endpoint, NOTHING, projectEndpoint } from '../endpoint.ts';
import { AdminError } from '../problem.ts';
import { displayName } from './user-shape.ts';

const keyShape = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(['active', 'disabled', 'expired', 'revoked', 'archived']),
  last_four: z.string(),
  project_id: z.string(),
  project_name: z.string(),
  models: z.array(z.string()).nullable(),
  tags: z.array(z.string()),
  managed: z.boolean(),
  created_at: z.int(),
  expires_at: z.int().nullable(),
});

function showKey(key: KeyRecord, now: number): z.input<typeof keyShape> {
  return {
    id: key.id,
    name: key.name,
    state: keyState(key, now),
    last_four: key.lastFour,
    project_id: key.project.id,
    project_name: key.project.name,
    models: key.models,
    tags: key.tags,
    managed: key.managed,
    created_at: key.createdAt,
    expires_at: key.expiresAt,
  };
}

const idParameter = z.strictObject({ id: z.string().max(64) });

/** The API keys of clients. */
export const keyEndpoints: readonly Endpoint[] = [
  projectEndpoint('viewer', {
    method: 'get',
    path: '/keys',
    summary: 'The API keys of your projects, oldest first',
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ keys: z.array(keyShape) }),
    handle: async ({ store, now }, { projects }) => {
      const keys = (await listKeys(store)).filter(({ projectId }) => projects.roleIn(projectId) !== undefined);
      return { keys: keys.map((key) => showKey(key, now())) };
    },
  }),
  projectEndpoint('member', {
    method: 'post',
    path: '/keys',
    summary: 'Make an API key; it is shown this once',
    status: 201,
    params: NOTHING,
    query: NOTHING,
    body: z.strictObject({
      name: displayName,
      project_id: z.string().max(64).default(DEFAULT_PROJECT_ID),
      models: z.array(z.string().min(1).max(256)).min(1).max(1_000).optional(),
      expires_at: z.int().positive().optional(),
    }),
    answer: z.object({ key: z.string(), record: keyShape }),
    handle: async (parts, call) => {
      const { store, pepper, now } = parts;
      const { name, models, expires_at: expiresAt, project_id: projectId } = call.body;
      const project = (await listProjects(store)).find(({ id }) => id === projectId);
      if (!project || call.projects.roleIn(projectId) === undefined) {
        throw new AdminError('invalid_request', 'project_id: there is no such project');
      }
      call.projects.require(projectId);
      const createdAt = now();
      const { key, record } = makeKey(pepper, { name, models, expiresAt, createdAt, projectId, tags: [] });
      const shown = showKey({ ...record, project }, createdAt);
      await makeChange(parts, call, [insertKeyStatement(record)], {
        action: 'keys.create',
        subject: `key:${record.id}`,
        before: null,
        after: shown,
      });
      return { key, record: shown };
    },
  }),
  projectEndpoint('member', {
    method: 'patch',
    path: '/keys/{id}',
    summary: 'Switch an API key off, or on again',
    status: 200,
    params: idParameter,
    query: NOTHING,
    body: z.strictObject({ disabled: z.boolean() }),
    answer: z.object({ record: keyShape }),
    handle: async (parts, call) => {
      const before = await changeableKey(parts, call);
      if (before.revokedAt !== null) throw new AdminError('conflict', 'This key is revoked, which is for good');
      const disabledAt = call.body.disabled ? (before.disabledAt ?? parts.now()) : null;
      const after = { ...before, disabledAt };
      await makeChange(parts, call, [disableKeyStatement(before.id, disabledAt)], {
        action: call.body.disabled ? 'keys.disable' : 'keys.enable',
        subject: `key:${before.id}`,
        before: showKey(before, parts.now()),
        after: showKey(after, parts.now()),
      });
      return { record: showKey(after, parts.now()) };
    },
  }),
  projectEndpoint('member', {
    method: 'delete',
    path: '/keys/{id}',
    summary: 'Revoke an API key for good',
    status: 200,
    params: idParameter,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ record: keyShape }),
    handle: async (parts, call) => {
      const before = await changeableKey(parts, call);
      const after = { ...before, revokedAt: before.revokedAt ?? parts.now() };
      await makeChange(parts, call, [revokeKeyStatement(before.id, after.revokedAt)], {
        action: 'keys.revoke',
        subject: `key:${before.id}`,
        before: showKey(before, parts.now()),
        after: showKey(after, parts.now()),
      });
      return { record: showKey(after, parts.now()) };
    },
  }),
];

/** @throws AdminError when there is no such key, it is not theirs to change, or the config file rules it. */
async function changeableKey(
  { store }: AdminParts,
  { params, projects }: { params: { id: string }; projects: { require(projectId: string): void } },
): Promise<KeyRecord> {
  const key = await findKey(store, params.id);
  if (!key) throw new AdminError('not_found');
  projects.require(key.projectId);
  if (key.managed) throw new AdminError('conflict', 'This key is managed by the configuration file');
  return key;
}
