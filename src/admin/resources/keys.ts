import { z } from '@hono/zod-openapi';
import { makeKey, rotateKey } from '../../access/keys.ts';
import {
  findKey,
  insertKeyStatement,
  type KeyRecord,
  listKeys,
  revokeKeyStatement,
  updateKeyStatement,
} from '../../store/keys.ts';
import { DEFAULT_PROJECT_ID, listProjects } from '../../store/projects.ts';
import { makeChange } from '../audited.ts';
import { type AdminParts, type Endpoint, NOTHING, projectEndpoint } from '../endpoint.ts';
import { AdminError } from '../problem.ts';
import { addressList, changed, endTime, idParameter, modelList, refuseManaged, tagList } from './fields.ts';
import { keyShape, showKey, versionOfKey } from './key-shape.ts';
import { displayName } from './user-shape.ts';

/** A rotated key's secret is good for this long at most, in seconds. */
const LONGEST_OVERLAP = 30 * 24 * 60 * 60;

const settings = { models: modelList, ip_allow: addressList, tags: tagList, expires_at: endTime };

/** The endpoints about one key know its version. */
const ofOneKey = {
  path: '/keys/{id}',
  status: 200,
  params: idParameter,
  query: NOTHING,
  answer: z.object({ record: keyShape }),
  version: async ({ store }: AdminParts, { id = '' }: Readonly<Record<string, string>>) => {
    const key = await findKey(store, id);
    return key && versionOfKey(key);
  },
} as const;

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
  projectEndpoint('viewer', {
    ...ofOneKey,
    method: 'get',
    summary: 'One API key',
    body: NOTHING,
    handle: async (parts, call) => ({ record: showKey(await visibleKey(parts, call), parts.now()) }),
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
      models: settings.models.default(null),
      ip_allow: settings.ip_allow.default(null),
      tags: settings.tags.default([]),
      expires_at: settings.expires_at.default(null),
    }),
    answer: z.object({ key: z.string(), record: keyShape }),
    handle: async (parts, call) => {
      const { store, pepper, now } = parts;
      const { name, models, ip_allow, tags, expires_at, project_id: projectId } = call.body;
      const project = (await listProjects(store)).find(({ id }) => id === projectId);
      if (!project || call.projects.roleIn(projectId) === undefined) {
        throw new AdminError('invalid_request', 'project_id: there is no such project');
      }
      call.projects.require(projectId);
      const createdAt = now();
      const { key, record } = makeKey(pepper, {
        name,
        models: models ?? undefined,
        ipAllow: ip_allow ?? undefined,
        tags,
        expiresAt: expires_at ?? undefined,
        createdAt,
        projectId,
      });
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
    ...ofOneKey,
    method: 'patch',
    summary: 'Change what an API key may do, or switch it off and on again',
    body: z.strictObject({
      name: displayName.optional(),
      models: settings.models.optional(),
      ip_allow: settings.ip_allow.optional(),
      tags: settings.tags.optional(),
      expires_at: settings.expires_at.optional(),
      disabled: z.boolean().optional(),
    }),
    handle: async (parts, call) => {
      const before = await changeableKey(parts, call);
      const { disabled, ip_allow: ipAllow, expires_at: expiresAt, ...same } = call.body;
      const disabledAt =
        disabled === undefined ? before.disabledAt : disabled ? (before.disabledAt ?? parts.now()) : null;
      const after = changed(before, { ...same, ipAllow, expiresAt, disabledAt });
      const action = disabled === undefined ? 'keys.change' : disabled ? 'keys.disable' : 'keys.enable';
      return { record: await changeKey(parts, call, action, before, after) };
    },
  }),
  projectEndpoint('member', {
    ...ofOneKey,
    method: 'post',
    path: '/keys/{id}/rotate',
    summary: 'Give an API key a new secret; the one so far works for a while longer. The new one is shown this once',
    body: z.strictObject({ overlap_seconds: z.int().min(0).max(LONGEST_OVERLAP).default(0) }),
    answer: z.object({ key: z.string(), record: keyShape }),
    handle: async (parts, call) => {
      const before = await changeableKey(parts, call);
      const until = parts.now() + call.body.overlap_seconds * 1_000;
      const { key, record } = rotateKey(parts.pepper, before, until);
      return { key, record: await changeKey(parts, call, 'keys.rotate', before, { ...before, ...record }) };
    },
  }),
  projectEndpoint('member', {
    ...ofOneKey,
    method: 'delete',
    summary: 'Revoke an API key for good',
    body: NOTHING,
    handle: async (parts, call) => {
      const before = await visibleKey(parts, call);
      refuseManaged('key', before);
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

type KeyCall = Parameters<typeof makeChange>[1] & {
  params: { id: string };
  projects: { require(projectId: string): void };
};

/** @throws AdminError when there is no such key in the projects of the caller, or not for them to change. */
async function visibleKey({ store }: AdminParts, { params, projects }: KeyCall): Promise<KeyRecord> {
  const key = await findKey(store, params.id);
  if (!key) throw new AdminError('not_found');
  projects.require(key.projectId);
  return key;
}

/** @throws AdminError when it is not theirs to change, the config file rules it, or it is revoked. */
async function changeableKey(parts: AdminParts, call: KeyCall): Promise<KeyRecord> {
  const key = await visibleKey(parts, call);
  refuseManaged('key', key);
  if (key.revokedAt !== null) throw new AdminError('conflict', 'This key is revoked, which is for good');
  return key;
}

async function changeKey(
  parts: AdminParts,
  call: KeyCall,
  action: string,
  before: KeyRecord,
  after: KeyRecord,
): Promise<ReturnType<typeof showKey>> {
  const [shownBefore, shownAfter] = [showKey(before, parts.now()), showKey(after, parts.now())];
  await makeChange(parts, call, [updateKeyStatement(after)], {
    action,
    subject: `key:${before.id}`,
    before: shownBefore,
    after: shownAfter,
  });
  return shownAfter;
}
