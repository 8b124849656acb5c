import { z } from '@hono/zod-openapi';
import { modelName } from '../../config/schema-fields.ts';
import { ANY, DEFAULT_BURST, LIMIT_MEASURES, LIMIT_SCOPES, type LimitRule } from '../../core/limit.ts';
import { findKey, listKeys } from '../../store/keys.ts';
import { withHolderIds } from '../../store/limit-holders.ts';
import { type LimitPlace, listLimits, removeLimitStatements, setLimitStatements } from '../../store/limits.ts';
import { listProjects } from '../../store/projects.ts';
import { makeChange } from '../audited.ts';
import { type AdminParts, type Endpoint, endpoint, NOTHING, projectEndpoint } from '../endpoint.ts';
import { AdminError } from '../problem.ts';
import type { VisibleProjects } from '../visible-projects.ts';
import { refuseManaged } from './fields.ts';

const LARGEST_LIMIT = 1_000_000_000_000;
const DAY = 86_400_000;

const value = z.int().min(1).max(LARGEST_LIMIT);
const scope = z.enum(LIMIT_SCOPES);

/** What is limited; null: not. */
const measures = {
  requests_per_minute: value.nullable().default(null),
  input_tokens_per_minute: value.nullable().default(null),
  output_tokens_per_minute: value.nullable().default(null),
  tokens_per_day: value.nullable().default(null),
  concurrent: value.nullable().default(null),
};

const limitShape = z.object({
  /** Made from scope, holder and models. */
  id: z.string(),
  scope,
  /** A key's or project's id, `*` for each of them; for the scope `model` a name or pattern. */
  scope_id: z.string(),
  model: z.string(),
  requests_per_minute: z.int().nullable(),
  input_tokens_per_minute: z.int().nullable(),
  output_tokens_per_minute: z.int().nullable(),
  tokens_per_day: z.int().nullable(),
  concurrent: z.int().nullable(),
  burst_ms: z.int(),
  managed: z.boolean(),
});

type LimitShape = z.input<typeof limitShape>;
type ManagedRule = { rule: LimitRule; managed: boolean };

function showLimit({ rule, managed }: ManagedRule): LimitShape {
  const { values } = rule;
  return {
    id: idOf(rule),
    scope: rule.scope,
    scope_id: rule.id,
    model: rule.model,
    requests_per_minute: values.requests_per_minute ?? null,
    input_tokens_per_minute: values.input_tokens_per_minute ?? null,
    output_tokens_per_minute: values.output_tokens_per_minute ?? null,
    tokens_per_day: values.tokens_per_day ?? null,
    concurrent: values.concurrent ?? null,
    burst_ms: rule.burst,
    managed,
  };
}

/** Where a set of limits stands, as one text for addresses. */
function idOf({ scope: kind, id, model }: LimitPlace): string {
  return encodeId(kind, id, model);
}

function encodeId(kind: string, id: string, model: string): string {
  return Buffer.from(JSON.stringify([kind, id, model])).toString('base64url');
}

async function limitIn(parts: AdminParts, id: string): Promise<LimitShape | null> {
  const found = await findLimit(parts, id);
  return found ? showLimit(found) : null;
}

const holder = { scope, scope_id: z.string().min(1).max(256) };
const model = modelName.default(ANY);

type Names = Readonly<Record<string, string>>;

/** A place has a version before limits are set there: of two who set the first, one has not seen what is there. */
const ofOnePlace = {
  status: 200,
  version: async (parts: AdminParts, { scope: kind = '', scope_id: id = '', model: name = ANY }: Names) => ({
    limit: await limitIn(parts, encodeId(kind, id, name)),
  }),
} as const;

const ofOneLimit = {
  path: '/limits/{id}',
  status: 200,
  params: z.strictObject({ id: z.string().min(1).max(1_024) }),
  query: NOTHING,
  version: async (parts: AdminParts, { id = '' }: Names) => {
    const limit = await limitIn(parts, id);
    return limit === null ? undefined : { limit };
  },
} as const;

/** What keys, projects and models may use. */
export const limitEndpoints: readonly Endpoint[] = [
  projectEndpoint('viewer', {
    method: 'get',
    path: '/limits',
    summary: 'The limits on your projects and their keys; those on models and on everybody are shown to all',
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ limits: z.array(limitShape) }),
    handle: async (parts, { projects }) => {
      const limits = (await allLimits(parts)).map(showLimit);
      const isSeen = await sightOf(parts, projects);
      return { limits: limits.filter(isSeen) };
    },
  }),
  projectEndpoint('viewer', {
    ...ofOnePlace,
    method: 'get',
    path: '/limits/{scope}/{scope_id}',
    summary: 'The limits of one key, project or model: `null` where none are set',
    params: z.strictObject(holder),
    query: z.strictObject({ model }),
    body: NOTHING,
    answer: z.object({ limit: limitShape.nullable() }),
    handle: async (parts, { projects, params, query }) => {
      const isSeen = await sightOf(parts, projects);
      if (!isSeen(params)) throw new AdminError('not_found');
      return { limit: await limitIn(parts, encodeId(params.scope, params.scope_id, query.model)) };
    },
  }),
  endpoint('admin', {
    ...ofOnePlace,
    owner: 'gateway',
    method: 'post',
    path: '/limits',
    summary: 'Set limits, in place of those that are there',
    params: NOTHING,
    query: NOTHING,
    body: z
      .strictObject({
        ...holder,
        model,
        ...measures,
        burst_ms: z.int().min(1).max(DAY).default(DEFAULT_BURST),
      })
      .refine((body) => LIMIT_MEASURES.some((measure) => body[measure] !== null), {
        error: `needs one of ${LIMIT_MEASURES.join(', ')}`,
        path: [LIMIT_MEASURES[0]],
      }),
    answer: z.object({ limit: limitShape }),
    handle: async (parts, call) => {
      const { scope: kind, scope_id: id, model: name, burst_ms: burst } = call.body;
      if (kind === 'model' && name !== ANY) {
        throw new AdminError('invalid_request', 'model: of the scope model is its scope_id');
      }
      await requireHolder(parts, kind, id);
      const values = Object.fromEntries(
        LIMIT_MEASURES.flatMap((measure) => (call.body[measure] === null ? [] : [[measure, call.body[measure]]])),
      );
      const rule: LimitRule = { scope: kind, id, model: name, values, burst };
      const before = await findLimit(parts, idOf(rule));
      if (before) refuseManaged('set of limits', before);
      const after = showLimit({ rule, managed: false });
      await makeChange(parts, call, setLimitStatements(rule), {
        action: 'limits.set',
        subject: `limit:${kind}:${id}`,
        before: before ? showLimit(before) : null,
        after,
      });
      return { limit: after };
    },
  }),
  endpoint('admin', {
    ...ofOneLimit,
    owner: 'gateway',
    method: 'delete',
    summary: 'Remove limits',
    body: NOTHING,
    answer: z.object({ id: z.string() }),
    handle: async (parts, call) => {
      const before = await findLimit(parts, call.params.id);
      if (!before) throw new AdminError('not_found');
      refuseManaged('set of limits', before);
      const { scope: kind, id } = before.rule;
      await makeChange(parts, call, removeLimitStatements(before.rule), {
        action: 'limits.remove',
        subject: `limit:${kind}:${id}`,
        before: showLimit(before),
        after: null,
      });
      return { id: call.params.id };
    },
  }),
];

/** Whether somebody may see the limits of a place: of models and of everybody all may. */
async function sightOf(
  { store }: AdminParts,
  { ids, roleIn }: Pick<VisibleProjects, 'ids' | 'roleIn'>,
): Promise<(place: Pick<LimitShape, 'scope' | 'scope_id'>) => boolean> {
  if (ids === undefined) return () => true;
  const keys = new Map((await listKeys(store)).map(({ id, projectId }) => [id, projectId]));
  return ({ scope: kind, scope_id: id }) =>
    kind === 'model' || id === ANY || roleIn(kind === 'key' ? (keys.get(id) ?? '') : id) !== undefined;
}

/** Those of the config file first; they stand in for stored ones in the same place. */
async function allLimits({ store, upstreams }: AdminParts): Promise<ManagedRule[]> {
  const ofFile = await withHolderIds(store, upstreams.current().limits);
  const fromFile = ofFile.map((rule) => ({ rule, managed: true }));
  const taken = new Set(fromFile.map(({ rule }) => idOf(rule)));
  const stored = (await listLimits(store)).filter((rule) => !taken.has(idOf(rule)));
  return [...fromFile, ...stored.map((rule) => ({ rule, managed: false }))];
}

async function findLimit(parts: AdminParts, id: string): Promise<ManagedRule | undefined> {
  return (await allLimits(parts)).find(({ rule }) => idOf(rule) === id);
}

/** @throws AdminError when nobody would be bound. */
async function requireHolder({ store }: AdminParts, kind: z.output<typeof scope>, id: string): Promise<void> {
  const isThere =
    kind === 'model' || id === ANY
      ? true
      : kind === 'key'
        ? (await findKey(store, id)) !== undefined
        : (await listProjects(store)).some((project) => project.id === id);
  if (!isThere) throw new AdminError('invalid_request', `scope_id: there is no such ${kind}`);
}
