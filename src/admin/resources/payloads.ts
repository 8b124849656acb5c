import { z } from '@hono/zod-openapi';
import { deletePayloads } from '../../access/payloads/delete-payloads.ts';
import { readPayload } from '../../access/payloads/payload-box.ts';
import { listKeys } from '../../store/keys.ts';
import { listProjects } from '../../store/projects.ts';
import { makeChange } from '../audited.ts';
import { type Endpoint, endpoint, NOTHING, projectEndpoint } from '../endpoint.ts';
import { AdminError } from '../problem.ts';

const body = z.object({
  bytes: z.int().describe('How long it was, whatever is kept of it'),
  truncated: z.boolean(),
  pieces: z.array(z.object({ at: z.int().describe('ms after the request came'), text: z.string() })),
});

const payloadShape = z.object({
  id: z.string(),
  key_id: z.string(),
  project_id: z.string(),
  created_at: z.int(),
  expires_at: z.int(),
  request: body,
  attempts: z.array(
    z.object({
      attempt: z.int(),
      channel: z.string(),
      sent: body.nullable().describe('Null: the same bytes as `request`'),
      status: z.int().nullable(),
      answer: body.nullable(),
    }),
  ),
  answered: body.nullable(),
  answered_as_last_attempt: z.boolean().describe('`answered` is null, and the same bytes as the last answer'),
  status: z.int().nullable(),
  error: z.string().nullable(),
});

const ruleShape = z.object({
  scope: z.enum(['project', 'key']),
  scope_id: z.string(),
  keep_ms: z.int(),
  max_bytes: z.int().describe('Of one exchange, with its client and again with upstreams'),
  redactions: z.int().describe('How many texts and patterns are blotted out'),
});

const id = z.strictObject({ id: z.string().max(64) });

/** Requests and answers that are kept (`payloads` of the config file). Reading one is written down, as a change is. */
export const payloadEndpoints: readonly Endpoint[] = [
  projectEndpoint('viewer', {
    method: 'get',
    path: '/payloads/rules',
    summary: 'Which of your projects and keys have their requests and answers kept, as the configuration file says',
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ rules: z.array(ruleShape) }),
    handle: async ({ config, store }, { projects }) => {
      const all = await listProjects(store);
      const projectOf = new Map((await listKeys(store)).map((key) => [key.id, key.projectId]));
      const rules = config().payloads.map(({ on: { scope, name }, keep, maxBytes, redact }) => {
        const scopeId =
          scope === 'key' ? name : (all.find((each) => each.id === name || each.name === name)?.id ?? name);
        return { scope, scope_id: scopeId, keep_ms: keep, max_bytes: maxBytes, redactions: redact.length };
      });
      const isSeen = ({ scope, scope_id: on }: (typeof rules)[number]) =>
        projects.roleIn(scope === 'key' ? (projectOf.get(on) ?? '') : on) !== undefined;
      return { rules: rules.filter(isSeen) };
    },
  }),
  endpoint('admin', {
    method: 'get',
    path: '/exchanges/{id}/payload',
    owner: 'gateway',
    summary: 'What is kept of the request and the answers of an exchange; the audit log tells who has read it',
    status: 200,
    params: id,
    query: NOTHING,
    body: NOTHING,
    answer: payloadShape,
    handle: async (parts, call) => {
      const found = await readPayload(parts.store, parts.sealer, call.params.id, parts.now());
      if (!found) throw new AdminError('not_found');
      const { entry, document } = found;
      await makeChange(parts, call, [], {
        action: 'payloads.read',
        subject: `exchange:${entry.exchangeId}`,
        before: null,
        after: null,
      });
      const { answered } = document;
      return {
        id: entry.exchangeId,
        key_id: entry.keyId,
        project_id: entry.projectId,
        created_at: entry.createdAt,
        expires_at: entry.expiresAt,
        request: document.request,
        attempts: document.attempts.map((each) => ({ ...each, sent: each.sent === 'request' ? null : each.sent })),
        answered: answered === 'last_attempt' ? null : answered,
        answered_as_last_attempt: answered === 'last_attempt',
        status: document.status,
        error: document.error,
      };
    },
  }),
  endpoint('admin', {
    method: 'delete',
    path: '/exchanges/{id}/payload',
    owner: 'gateway',
    summary: 'Delete what is kept of an exchange',
    status: 200,
    params: id,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ deleted: z.int() }),
    handle: async (parts, call) => {
      const deleted = await deletePayloads(parts.store, { exchangeId: call.params.id });
      if (deleted === 0) throw new AdminError('not_found');
      const subject = `exchange:${call.params.id}`;
      await makeChange(parts, call, [], { action: 'payloads.delete', subject, before: { deleted }, after: null });
      return { deleted };
    },
  }),
  endpoint('admin', {
    method: 'delete',
    path: '/payloads',
    owner: 'gateway',
    summary: 'Delete all that is kept of a key or a project',
    status: 200,
    params: NOTHING,
    query: z.strictObject({ key_id: z.string().max(64).optional(), project_id: z.string().max(64).optional() }),
    body: NOTHING,
    answer: z.object({ deleted: z.int() }),
    handle: async (parts, { query, ...call }) => {
      const { key_id: keyId, project_id: projectId } = query;
      if ((keyId === undefined) === (projectId === undefined)) {
        throw new AdminError('invalid_request', 'name a key_id or a project_id');
      }
      const which = keyId === undefined ? { projectId: projectId ?? '' } : { keyId };
      const deleted = await deletePayloads(parts.store, which);
      const subject = keyId === undefined ? `project:${projectId}` : `key:${keyId}`;
      await makeChange(parts, call, [], { action: 'payloads.delete', subject, before: { deleted }, after: null });
      return { deleted };
    },
  }),
];
