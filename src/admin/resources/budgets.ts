import { z } from '@hono/zod-openapi';
import { newId } from '../../access/new-id.ts';
import { isTag } from '../../access/tags.ts';
import { BUDGET_PERIODS, BUDGET_SCOPES, budgetSubject } from '../../core/budget.ts';
import { isTimeZone } from '../../core/budget-window.ts';
import {
  type BudgetRecord,
  type BudgetStatus,
  budgetEntryStatements,
  budgetStatus,
  insertBudgetStatement,
  listBudgetEntries,
  listBudgets,
  removeBudgetStatements,
  updateBudgetStatements,
} from '../../store/budgets.ts';
import { findKey } from '../../store/keys.ts';
import { listProjects } from '../../store/projects.ts';
import { type Change, makeChange } from '../audited.ts';
import { type AdminParts, type Endpoint, endpoint, NOTHING, projectEndpoint } from '../endpoint.ts';
import { AdminError } from '../problem.ts';
import { visibleSubjects } from '../visible-subjects.ts';
import { changed, idParameter, refuseManaged } from './fields.ts';
import { displayName } from './user-shape.ts';

/** In nano-USD: a million dollars. */
const LARGEST_AMOUNT = 1_000_000 * 1_000_000_000;

const amount = z.int().min(0).max(LARGEST_AMOUNT);
const timeZone = z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin');
const alerts = z
  .array(z.int().min(1).max(1_000))
  .max(20)
  .transform((thresholds) => [...new Set(thresholds)].sort((one, other) => one - other));

const scope = z.enum(BUDGET_SCOPES);

const budgetShape = z.object({
  id: z.string(),
  name: z.string(),
  /** What it is on: a project's or key's id, or a tag. */
  scope,
  scope_id: z.string(),
  amount_nano_usd: z.int(),
  spent_nano_usd: z.int(),
  held_nano_usd: z.int(),
  left_nano_usd: z.int(),
  period: z.enum(BUDGET_PERIODS),
  time_zone: z.string(),
  hard: z.boolean(),
  alerts: z.array(z.int()),
  managed: z.boolean(),
  created_at: z.int(),
  period_start: z.int(),
  resets_at: z.int().nullable(),
});

type BudgetShape = z.input<typeof budgetShape>;

/** What the audit log and the entity tag tell of a budget: what people have set. */
function settingsOf(budget: BudgetRecord) {
  const [kind = '', ...rest] = budget.subject.split(':');
  return {
    id: budget.id,
    name: budget.name,
    scope: BUDGET_SCOPES.find((each) => each === kind) ?? 'tag',
    scope_id: rest.join(':'),
    amount_nano_usd: budget.amount,
    period: budget.period,
    time_zone: budget.timeZone,
    hard: budget.hard,
    alerts: budget.alerts,
    managed: budget.managed,
    created_at: budget.createdAt,
  };
}

function showBudget(budget: BudgetStatus): BudgetShape {
  return {
    ...settingsOf(budget),
    spent_nano_usd: budget.spent,
    held_nano_usd: budget.reserved,
    left_nano_usd: Math.max(0, budget.amount - budget.spent - budget.reserved),
    period_start: budget.periodStart,
    resets_at: budget.resetsAt,
  };
}

const ofOneBudget = {
  path: '/budgets/{id}',
  status: 200,
  params: idParameter,
  query: NOTHING,
  answer: z.object({ budget: budgetShape }),
  version: async ({ store }: AdminParts, { id }: Readonly<Record<string, string>>) => {
    const budget = (await listBudgets(store)).find((each) => each.id === id);
    return budget && settingsOf(budget);
  },
} as const;

/** What projects, keys and tags may spend. */
export const budgetEndpoints: readonly Endpoint[] = [
  projectEndpoint('viewer', {
    method: 'get',
    path: '/budgets',
    summary: 'The budgets on your projects and their keys, by name; those on tags are shown to admins',
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ budgets: z.array(budgetShape) }),
    handle: async ({ store, now }, { projects }) => {
      const budgets = await budgetStatus(store, now());
      const isVisible = await visibleSubjects(store, projects);
      return { budgets: budgets.filter(({ subject }) => isVisible(subject)).map(showBudget) };
    },
  }),
  endpoint('admin', {
    ...ofOneBudget,
    owner: 'gateway',
    method: 'get',
    summary: 'One budget',
    body: NOTHING,
    handle: async (parts, { params }) => ({ budget: showBudget(await findBudget(parts, params.id)) }),
  }),
  endpoint('admin', {
    owner: 'gateway',
    method: 'post',
    path: '/budgets',
    summary: 'Make a budget on a project, a key or a tag',
    status: 201,
    params: NOTHING,
    query: NOTHING,
    body: z.strictObject({
      name: displayName,
      scope,
      scope_id: z.string().min(1).max(64),
      amount_nano_usd: amount,
      period: z.enum(BUDGET_PERIODS).default('month'),
      time_zone: timeZone.default('UTC'),
      hard: z.boolean().default(true),
      alerts: alerts.default([]),
    }),
    answer: z.object({ budget: budgetShape }),
    handle: async (parts, call) => {
      const { body } = call;
      await requireSubject(parts, body.scope, body.scope_id);
      const isTaken = (await listBudgets(parts.store)).some((each) => each.name === body.name);
      if (isTaken) throw new AdminError('conflict', 'name: is taken by another budget');
      const createdAt = parts.now();
      const isPrepaid = body.period === 'prepaid';
      const budget: BudgetRecord = {
        id: newId('bud', createdAt),
        name: body.name,
        subject: budgetSubject(body.scope, body.scope_id),
        amount: body.amount_nano_usd,
        period: body.period,
        timeZone: body.time_zone,
        hard: body.hard,
        alerts: body.alerts,
        createdAt,
        managed: false,
      };
      const first = { budgetId: budget.id, at: createdAt, amount: budget.amount, note: 'first amount' };
      const statements = [
        insertBudgetStatement(isPrepaid ? { ...budget, amount: 0 } : budget),
        ...(isPrepaid ? budgetEntryStatements(first) : []),
      ];
      return changeBudget(parts, call, statements, change('create', null, budget));
    },
  }),
  endpoint('admin', {
    ...ofOneBudget,
    owner: 'gateway',
    method: 'patch',
    summary: 'Change a budget; what it is on and its period stay',
    body: z.strictObject({
      amount_nano_usd: amount.optional(),
      time_zone: timeZone.optional(),
      hard: z.boolean().optional(),
      alerts: alerts.optional(),
    }),
    handle: async (parts, call) => {
      const before = await changeableBudget(parts, call.params.id);
      const { amount_nano_usd: wanted, time_zone: zone, ...same } = call.body;
      if (before.period === 'prepaid' && wanted !== undefined) {
        throw new AdminError('conflict', 'amount_nano_usd: a prepaid budget has what its entries add up to; top it up');
      }
      const after = changed(before, { ...same, amount: wanted, timeZone: zone });
      const statements = updateBudgetStatements({ before, after, now: parts.now() });
      return changeBudget(parts, call, statements, change('change', before, after));
    },
  }),
  endpoint('admin', {
    ...ofOneBudget,
    owner: 'gateway',
    method: 'post',
    path: '/budgets/{id}/top-up',
    summary: 'Add to a prepaid budget, or take from it with a negative amount',
    body: z.strictObject({
      amount_nano_usd: z.int().min(-LARGEST_AMOUNT).max(LARGEST_AMOUNT),
      note: z.string().trim().min(1).max(200).default('top-up'),
    }),
    handle: async (parts, call) => {
      const before = await changeableBudget(parts, call.params.id);
      if (before.period !== 'prepaid')
        throw new AdminError('conflict', 'This budget is not prepaid: change its amount');
      const { amount_nano_usd: added, note } = call.body;
      const after = { ...before, amount: before.amount + added };
      if (after.amount < 0) throw new AdminError('conflict', 'amount_nano_usd: is more than there is');
      if (after.amount > LARGEST_AMOUNT) throw new AdminError('conflict', 'amount_nano_usd: makes it too large');
      const entry = budgetEntryStatements({ budgetId: before.id, at: parts.now(), amount: added, note });
      return changeBudget(parts, call, entry, change('top-up', before, after));
    },
  }),
  endpoint('admin', {
    ...ofOneBudget,
    owner: 'gateway',
    method: 'get',
    path: '/budgets/{id}/entries',
    summary: 'What was added to a prepaid budget, or taken from it, the oldest first; other budgets have none',
    body: NOTHING,
    answer: z.object({
      entries: z.array(z.object({ at: z.int(), amount_nano_usd: z.int(), note: z.string() })),
    }),
    handle: async (parts, { params }) => {
      const { id } = await findBudget(parts, params.id);
      const entries = await listBudgetEntries(parts.store, id);
      return { entries: entries.map(({ at, amount: added, note }) => ({ at, amount_nano_usd: added, note })) };
    },
  }),
  endpoint('admin', {
    ...ofOneBudget,
    owner: 'gateway',
    method: 'delete',
    summary: 'Remove a budget with its counters',
    body: NOTHING,
    answer: z.object({ id: z.string() }),
    handle: async (parts, call) => {
      const before = await changeableBudget(parts, call.params.id);
      await makeChange(parts, call, removeBudgetStatements(before.id), change('remove', before, null));
      return { id: before.id };
    },
  }),
];

function change(verb: string, before: BudgetRecord | null, after: BudgetRecord | null): Change {
  const subject = `budget:${(after ?? before)?.id}`;
  return {
    action: `budgets.${verb}`,
    subject,
    before: before && settingsOf(before),
    after: after && settingsOf(after),
  };
}

async function changeBudget(
  parts: AdminParts,
  call: Parameters<typeof makeChange>[1],
  statements: Parameters<typeof makeChange>[2],
  told: Change,
): Promise<{ budget: BudgetShape }> {
  await makeChange(parts, call, statements, told);
  return { budget: showBudget(await findBudget(parts, told.subject.slice('budget:'.length))) };
}

async function findBudget({ store, now }: AdminParts, id: string): Promise<BudgetStatus> {
  const budget = (await budgetStatus(store, now())).find((each) => each.id === id);
  if (!budget) throw new AdminError('not_found');
  return budget;
}

async function changeableBudget(parts: AdminParts, id: string): Promise<BudgetRecord> {
  const budget = (await listBudgets(parts.store)).find((each) => each.id === id);
  if (!budget) throw new AdminError('not_found');
  refuseManaged('budget', budget);
  return budget;
}

/** @throws AdminError when the budget would be on something that is not there. */
async function requireSubject({ store }: AdminParts, kind: z.output<typeof scope>, id: string): Promise<void> {
  const isThere =
    kind === 'tag'
      ? isTag(id)
      : kind === 'key'
        ? (await findKey(store, id)) !== undefined
        : (await listProjects(store)).some((project) => project.id === id);
  if (!isThere) throw new AdminError('invalid_request', `scope_id: there is no such ${kind}`);
}
