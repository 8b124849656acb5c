import { z } from '@hono/zod-openapi';
import { newId } from '../../access/new-id.ts';
import { factorOf } from '../../config/prices.ts';
import { factor } from '../../config/schema-fields.ts';
import { unpricedOf, unpricedSchema } from '../../config/spending-schema.ts';
import { UNPRICED_POLICIES } from '../../core/unpriced.ts';
import { FACTOR_UNIT } from '../../metering/price.ts';
import {
  DEFAULT_PROJECT_ID,
  insertProjectStatement,
  listProjects,
  type ProjectRecord,
  updateProjectStatement,
} from '../../store/projects.ts';
import { makeChange } from '../audited.ts';
import { type AdminParts, type Endpoint, endpoint, NOTHING, projectEndpoint } from '../endpoint.ts';
import { AdminError } from '../problem.ts';
import { addressList, changed, endTime, idParameter, modelList, refuseManaged, tagList } from './fields.ts';
import { displayName } from './user-shape.ts';

const NANO = 1_000_000_000;

const projectShape = z.object({
  id: z.string(),
  name: z.string(),
  models: z.array(z.string()).nullable(),
  ip_allow: z.array(z.string()).nullable(),
  tags: z.array(z.string()),
  markup: z.number(),
  /** How budgets take models without a price; the ceiling of `hold` in USD per million tokens. Null: as everywhere. */
  unpriced: z
    .object({
      policy: z.enum(UNPRICED_POLICIES),
      ceiling: z.object({ input: z.number(), output: z.number() }).optional(),
    })
    .nullable(),
  managed: z.boolean(),
  created_at: z.int(),
  expires_at: z.int().nullable(),
  archived_at: z.int().nullable(),
});

function showProject(project: ProjectRecord): z.input<typeof projectShape> {
  return {
    id: project.id,
    name: project.name,
    models: project.models,
    ip_allow: project.ipAllow,
    tags: project.defaultTags,
    markup: project.markup / FACTOR_UNIT,
    unpriced: showUnpriced(project.unpriced),
    managed: project.managed,
    created_at: project.createdAt,
    expires_at: project.expiresAt,
    archived_at: project.archivedAt,
  };
}

/** As it is written: amounts in USD. */
function showUnpriced(setting: ProjectRecord['unpriced']): z.input<typeof projectShape>['unpriced'] {
  if (setting === null) return null;
  const { policy, ceiling } = setting;
  return ceiling === undefined
    ? { policy }
    : { policy, ceiling: { input: ceiling.input / NANO, output: ceiling.output / NANO } };
}

const settings = {
  models: modelList.describe('Models or patterns that its keys may use; null: all'),
  ip_allow: addressList.describe('Addresses and ranges that may use its keys; null: all'),
  tags: tagList.describe('Tags of all its requests'),
  markup: factor.describe('What it is charged as a factor of the price: 1.2 adds a fifth'),
  unpriced: unpricedSchema
    .nullable()
    .describe('How budgets take models without a price in its requests; null: as everywhere'),
  expires_at: endTime.describe('When its keys end at the latest, in Unix ms'),
};

const ofOneProject = {
  path: '/projects/{id}',
  status: 200,
  params: idParameter,
  query: NOTHING,
  answer: z.object({ project: projectShape }),
  version: async ({ store }: AdminParts, { id = '' }: Readonly<Record<string, string>>) => {
    const project = (await listProjects(store)).find((each) => each.id === id);
    return project && showProject(project);
  },
} as const;

/** What owns keys. */
export const projectEndpoints: readonly Endpoint[] = [
  projectEndpoint('viewer', {
    method: 'get',
    path: '/projects',
    summary: 'Your projects, oldest first',
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ projects: z.array(projectShape) }),
    handle: async ({ store }, { projects }) => ({
      projects: (await listProjects(store)).filter(({ id }) => projects.roleIn(id) !== undefined).map(showProject),
    }),
  }),
  projectEndpoint('viewer', {
    ...ofOneProject,
    method: 'get',
    summary: 'One project',
    body: NOTHING,
    handle: async (parts, { params, projects }) => {
      projects.require(params.id);
      return { project: showProject(await findOne(parts, params.id)) };
    },
  }),
  endpoint('admin', {
    owner: 'gateway',
    method: 'post',
    path: '/projects',
    summary: 'Make a project',
    status: 201,
    params: NOTHING,
    query: NOTHING,
    body: z.strictObject({
      name: displayName,
      models: settings.models.default(null),
      ip_allow: settings.ip_allow.default(null),
      tags: settings.tags.default([]),
      markup: settings.markup.default(1),
      unpriced: settings.unpriced.default(null),
      expires_at: settings.expires_at.default(null),
    }),
    answer: z.object({ project: projectShape }),
    handle: async (parts, call) => {
      const { name, models, ip_allow: ipAllow, tags: defaultTags, expires_at: expiresAt } = call.body;
      await refuseTakenName(parts, name);
      const createdAt = parts.now();
      const id = newId('proj', createdAt);
      const unpriced = call.body.unpriced && unpricedOf(call.body.unpriced);
      const own = { id, name, models, ipAllow, defaultTags, expiresAt, unpriced, markup: factorOf(call.body.markup) };
      const project: ProjectRecord = { ...own, createdAt, archivedAt: null, managed: false };
      await makeChange(parts, call, [insertProjectStatement(project)], {
        action: 'projects.create',
        subject: `project:${id}`,
        before: null,
        after: showProject(project),
      });
      return { project: showProject(project) };
    },
  }),
  endpoint('admin', {
    ...ofOneProject,
    owner: 'gateway',
    method: 'patch',
    summary: 'Rename or change a project, archive it (its keys are then refused) or take it up again',
    body: z.strictObject({
      name: displayName.optional(),
      models: settings.models.optional(),
      ip_allow: settings.ip_allow.optional(),
      tags: settings.tags.optional(),
      markup: settings.markup.optional(),
      unpriced: settings.unpriced.optional(),
      expires_at: settings.expires_at.optional(),
      archived: z.boolean().optional(),
    }),
    handle: async (parts, call) => {
      const before = await findOne(parts, call.params.id);
      refuseManaged('project', before);
      const { archived, name, models, ip_allow: ipAllow, tags: defaultTags, expires_at: expiresAt } = call.body;
      if (before.id === DEFAULT_PROJECT_ID && (archived || name !== undefined)) {
        throw new AdminError('conflict', 'The default project keeps its name and is not archived');
      }
      if (name !== undefined && name !== before.name) await refuseTakenName(parts, name);
      const archivedAt =
        archived === undefined ? before.archivedAt : archived ? (before.archivedAt ?? parts.now()) : null;
      const markup = call.body.markup === undefined ? undefined : factorOf(call.body.markup);
      const unpriced = call.body.unpriced && unpricedOf(call.body.unpriced);
      const after = changed(before, { name, models, ipAllow, defaultTags, markup, unpriced, expiresAt, archivedAt });
      await makeChange(parts, call, [updateProjectStatement(after)], {
        action: archived === undefined ? 'projects.change' : archived ? 'projects.archive' : 'projects.unarchive',
        subject: `project:${before.id}`,
        before: showProject(before),
        after: showProject(after),
      });
      return { project: showProject(after) };
    },
  }),
];

async function findOne({ store }: AdminParts, id: string): Promise<ProjectRecord> {
  const project = (await listProjects(store)).find((each) => each.id === id);
  if (!project) throw new AdminError('not_found');
  return project;
}

async function refuseTakenName({ store }: AdminParts, name: string): Promise<void> {
  const isTaken = (await listProjects(store)).some((each) => each.name === name);
  if (isTaken) throw new AdminError('conflict', 'name: is taken by another project');
}
