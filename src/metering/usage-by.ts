import { matchesPattern } from '../core/pattern.ts';
import type { Store } from '../store/open.ts';
import { listExchanges } from '../store/usage.ts';
import { sumUsageCells, type UsageCell } from '../store/usage-by.ts';
import { addUp, toFigures, toUsageRow, type UsageFigures, type UsageRow } from './usage.ts';

/** What usage can be told apart by. */
export const USAGE_DIMENSIONS = ['day', 'month', 'project', 'key', 'model', 'channel', 'tag'] as const;

/** One of them. */
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number];

/** Which usage to report. Times are Unix ms; what is undefined does not matter. */
export type UsageQuestion = {
  from: number;
  /** Not counted itself. */
  to: number | undefined;
  projectId: string | undefined;
  keyId: string | undefined;
  /** A public name, or a pattern. */
  model: string | undefined;
  tag: string | undefined;
  by: readonly UsageDimension[];
  /** Whether to list the exchanges, too. */
  rows: boolean;
};

/** What a group is told apart by, as far as it was asked for. `key_name` and `project` are null where nothing is left of them. */
type GroupNames = {
  day?: string;
  month?: string;
  project_id?: string;
  project?: string | null;
  key_id?: string;
  key_name?: string | null;
  model?: string;
  channel?: string;
  /** Null: what has no tag. */
  tag?: string | null;
};

/** What `ezmodel usage --json` prints. By tag, an exchange with several counts in each of their groups, and once in the totals. */
export type GroupedUsage = { totals: UsageFigures; groups: (GroupNames & UsageFigures)[]; rows?: UsageRow[] };

/** Usage of settled exchanges by what was asked for; open ones are in `rows` alone. */
export async function reportUsageBy(store: Store, question: UsageQuestion): Promise<GroupedUsage> {
  const { by, tag, model, rows } = question;
  const isAsked = (each: { model: string; tags: string | null }) =>
    (model === undefined || matchesPattern(model, each.model)) && (tag === undefined || tagsOf(each).includes(tag));
  const cells = await sumUsageCells(store, question, tag !== undefined || by.includes('tag'));
  const asked = cells.filter(isAsked);
  const report = { totals: addUp(asked.map(toFigures)), groups: group(asked, by) };
  if (!rows) return report;
  return { ...report, rows: (await listExchanges(store, question)).filter(isAsked).map(toUsageRow) };
}

function group(cells: readonly UsageCell[], by: readonly UsageDimension[]): GroupedUsage['groups'] {
  const parts = cells.flatMap((cell) => {
    const tags = by.includes('tag') ? tagsOf(cell) : [];
    return (tags.length === 0 ? [null] : tags).map((tag) => ({ cell, names: namesOf(cell, tag, by) }));
  });
  const groups = Map.groupBy(parts, ({ names }) => JSON.stringify(names));
  return [...groups.values()]
    .flatMap((same) => {
      const [first] = same;
      return first ? [{ ...first.names, ...addUp(same.map(({ cell }) => toFigures(cell))) }] : [];
    })
    .sort(byNames(by));
}

const NAMES: Readonly<Record<UsageDimension, (cell: UsageCell, tag: string | null) => GroupNames>> = {
  day: ({ day }) => ({ day: dateOf(day) }),
  month: ({ day }) => ({ month: dateOf(day).slice(0, 7) }),
  project: ({ project_id, project_name }) => ({ project_id, project: project_name }),
  key: ({ key_id, key_name }) => ({ key_id, key_name }),
  model: ({ model }) => ({ model }),
  channel: ({ channel }) => ({ channel }),
  tag: (_, tag) => ({ tag }),
};

function namesOf(cell: UsageCell, tag: string | null, by: readonly UsageDimension[]): GroupNames {
  return Object.assign({}, ...by.map((dimension) => NAMES[dimension](cell, tag)));
}

/** In the order of what was asked for, the first first. */
function byNames(by: readonly UsageDimension[]): (a: GroupNames, b: GroupNames) => number {
  const columns = by.map((dimension) => GROUP_TEXTS[dimension]);
  return (a, b) =>
    columns.reduce((order, textOf) => {
      const [left, right] = [textOf(a), textOf(b)];
      return order || (left < right ? -1 : left > right ? 1 : 0);
    }, 0);
}

/** How a group is called in each of its dimensions, for people. */
export const GROUP_TEXTS: Readonly<Record<UsageDimension, (group: GroupNames) => string>> = {
  day: ({ day }) => day ?? '',
  month: ({ month }) => month ?? '',
  project: ({ project, project_id }) => project ?? project_id ?? '',
  key: ({ key_name, key_id }) => key_name ?? key_id ?? '',
  model: ({ model }) => model ?? '',
  channel: ({ channel }) => channel ?? '',
  tag: ({ tag }) => tag ?? '-',
};

function tagsOf({ tags }: { tags: string | null }): string[] {
  return tags === null ? [] : tags.split(' ');
}

/** `YYYY-MM-DD` of a day since the epoch. */
function dateOf(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}
