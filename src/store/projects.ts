import { readUnpriced, type UnpricedSetting } from '../core/unpriced.ts';
import { StoreError } from './failure.ts';
import type { Store } from './open.ts';
import { query, type Statement } from './query.ts';
import type { ProjectsTable } from './schema.ts';
import { readList, writeList } from './tables/text-list.ts';

/** The project that every store has from the start: keys made without a project belong to it. */
export const DEFAULT_PROJECT_ID = 'proj_default';

/** What owns keys: its settings hold for each of them, beside their own. Times are Unix ms. */
export type ProjectRecord = {
  /** `proj_…` */
  id: string;
  /** Unique. */
  name: string;
  createdAt: number;
  /** Set once it is archived: its keys are refused. */
  archivedAt: number | null;
  /** Public model names or patterns; null: all. */
  models: string[] | null;
  /** CIDR ranges that may call; null: all. */
  ipAllow: string[] | null;
  expiresAt: number | null;
  /** Tags of every exchange of the project. */
  defaultTags: string[];
  /** What is charged for the price of its channels, in ten-thousandths. */
  markup: number;
  /** How budgets take its requests for models without a price; null: as everywhere. */
  unpriced: UnpricedSetting | null;
  /** True when `ezmodel.yaml` rules it: commands leave it alone. */
  managed: boolean;
};

/** Stores a new project. @throws StoreError `rejected` when its id or name exists. */
export async function insertProject(store: Store, project: ProjectRecord): Promise<void> {
  await store.writer.run(insertProjectStatement(project));
}

/** The statement that stores a new project. */
export function insertProjectStatement(project: ProjectRecord): Statement {
  return query.insertInto('projects').values(toRow(project)).compile();
}

/** Writes all settings of a project that exists. */
export async function updateProject(store: Store, project: ProjectRecord): Promise<void> {
  await store.writer.run(updateProjectStatement(project));
}

/** The statement that writes all settings of a project that exists. */
export function updateProjectStatement(project: ProjectRecord): Statement {
  const { id, ...settings } = toRow(project);
  return query.updateTable('projects').set(settings).where('id', '=', id).compile();
}

/** All projects, oldest first, archived ones included. */
export async function listProjects(store: Store): Promise<ProjectRecord[]> {
  const rows = await store.reader.all(
    query.selectFrom('projects').selectAll().orderBy('created_at').orderBy('id').compile(),
  );
  return rows.map(toProjectRecord);
}

/** Archives a project at `archivedAt` (Unix ms), or takes it up again with null. Answers false when there is none. */
export async function setProjectArchived(store: Store, id: string, archivedAt: number | null): Promise<boolean> {
  const statement = query.updateTable('projects').set({ archived_at: archivedAt }).where('id', '=', id).compile();
  return (await store.writer.run(statement)) > 0;
}

/** The project of this id. @throws StoreError `corrupt` when it is missing or cannot be read. */
export async function findProject(store: Store, id: string): Promise<ProjectRecord> {
  const [row] = await store.reader.all(query.selectFrom('projects').selectAll().where('id', '=', id).compile());
  if (row === undefined) throw new StoreError('corrupt', `project ${id} is missing`);
  return toProjectRecord(row);
}

function toRow(project: ProjectRecord): ProjectsTable {
  return {
    id: project.id,
    name: project.name,
    created_at: Math.trunc(project.createdAt),
    archived_at: project.archivedAt,
    models: project.models === null ? null : writeList(project.models),
    ip_allow: project.ipAllow === null ? null : writeList(project.ipAllow),
    expires_at: project.expiresAt === null ? null : Math.trunc(project.expiresAt),
    default_tags: project.defaultTags.length === 0 ? null : writeList(project.defaultTags),
    markup: project.markup,
    unpriced: project.unpriced === null ? null : JSON.stringify(project.unpriced),
    managed: project.managed ? 1 : 0,
  };
}

function toProjectRecord(row: ProjectsTable): ProjectRecord {
  return {
    id: row.id,
    name: row.name,
    createdAt: row.created_at,
    archivedAt: row.archived_at,
    models: readList(row.models, `the model list of project ${row.id}`),
    ipAllow: readList(row.ip_allow, `the address list of project ${row.id}`),
    expiresAt: row.expires_at,
    defaultTags: readList(row.default_tags, `the tags of project ${row.id}`) ?? [],
    markup: row.markup,
    unpriced: row.unpriced === null ? null : unpricedOf(row.id, row.unpriced),
    managed: row.managed === 1,
  };
}

function unpricedOf(project: string, text: string): UnpricedSetting {
  const read = readUnpriced(text);
  if (!read) throw new StoreError('corrupt', `what project ${project} says of models without a price cannot be read`);
  return read;
}
