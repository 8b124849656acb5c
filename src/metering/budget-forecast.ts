import { type BudgetStatus, budgetStatus } from '../store/budgets.ts';
import type { Store } from '../store/open.ts';
import { HOUR_MS } from '../store/tables/hourly.ts';
import { sumFigures } from '../store/usage-figures.ts';

/** How far back the pace of spending is looked at, in ms. */
const PACE_WINDOW = 7 * 24 * HOUR_MS;

/** Longer periods are burnt down by steps that are folded for each key, too: hour by hour would be many rows. */
const HOURLY_UNTIL = 4 * 24;
const LONGER_STEP = 6;

/** A budget, how its current period was spent so far, and how it goes on at the present pace. Money is nano-USD, times are Unix ms. */
export type BudgetForecast = {
  id: string;
  name: string;
  subject: string;
  period: string;
  hard: boolean;
  amount_nano_usd: number;
  spent_nano_usd: number;
  reserved_nano_usd: number;
  period_start: number;
  resets_at: number | null;
  /**
   * Spent up to the end of each hour in which something was spent, in periods that began more than four days ago of each quarter of
   * a day; null for a tag, which has no roll-ups.
   */
  burn_down: { at: number; spent_nano_usd: number }[] | null;
  /** Spent at the end of the period if it goes on like this; null where there is no end, or nothing to go by. */
  forecast_nano_usd: number | null;
  /** When it will be used up at the present pace; null when not within its period. */
  exhausted_at: number | null;
};

/** Budgets with their burn-down and forecast. @param isVisible whether a subject (`project:<id>` …) is shown. */
export async function forecastBudgets(
  store: Store,
  now: number,
  isVisible: (subject: string) => boolean,
): Promise<BudgetForecast[]> {
  const budgets = (await budgetStatus(store, now)).filter(({ subject }) => isVisible(subject));
  return Promise.all(budgets.map((budget) => forecastOf(store, budget, now)));
}

async function forecastOf(store: Store, budget: BudgetStatus, now: number): Promise<BudgetForecast> {
  const { id, name, subject, period, hard, amount, spent, reserved, periodStart, resetsAt } = budget;
  const burnDown = await burnDownOf(store, budget, now);
  const pace = paceOf(budget, burnDown, now);
  const left = amount - spent;
  const exhaustedAt = left <= 0 ? now : pace === undefined || pace === 0 ? undefined : Math.round(now + left / pace);
  const isInPeriod = exhaustedAt !== undefined && (resetsAt === null || exhaustedAt < resetsAt);
  return {
    ...{ id, name, subject, period, hard },
    amount_nano_usd: amount,
    spent_nano_usd: spent,
    reserved_nano_usd: reserved,
    period_start: periodStart,
    resets_at: resetsAt,
    burn_down: burnDown ?? null,
    forecast_nano_usd: pace === undefined || resetsAt === null ? null : Math.round(spent + pace * (resetsAt - now)),
    exhausted_at: isInPeriod ? exhaustedAt : null,
  };
}

async function burnDownOf(
  store: Store,
  { subject, periodStart, createdAt }: BudgetStatus,
  now: number,
): Promise<{ at: number; spent_nano_usd: number }[] | undefined> {
  const [scope, ...rest] = subject.split(':');
  const id = rest.join(':');
  if (scope !== 'project' && scope !== 'key') return undefined;
  const whose = scope === 'key' ? { keyId: id } : { projectIds: [id] };
  const since = Math.max(periodStart, periodStart === 0 ? createdAt : 0);
  const [fromHour, toHour] = [Math.floor(since / HOUR_MS), Math.floor(now / HOUR_MS) + 1];
  const step = toHour - fromHour > HOURLY_UNTIL ? LONGER_STEP : 1;
  const rows = await sumFigures(store, { ...whose, fromHour, toHour }, { hours: step, shift: 0 });
  let spent = 0;
  return rows
    .map((row) => ({ number: Number(row.name), cost: row.cost_nano_usd }))
    .sort((a, b) => a.number - b.number)
    .map(({ number, cost }) => {
      spent += cost;
      return { at: Math.min((number + 1) * step, toHour) * HOUR_MS, spent_nano_usd: spent };
    });
}

/** Nano-USD per ms over the last days of the period; undefined while there is nothing to go by. */
function paceOf(
  { periodStart, createdAt, spent }: BudgetStatus,
  burnDown: readonly { at: number; spent_nano_usd: number }[] | undefined,
  now: number,
): number | undefined {
  const begun = Math.max(periodStart, periodStart === 0 ? createdAt : 0);
  const since = Math.max(begun, now - PACE_WINDOW);
  if (now - since < HOUR_MS) return undefined;
  const before = burnDown?.findLast(({ at }) => at <= since)?.spent_nano_usd ?? 0;
  const last = burnDown?.at(-1)?.spent_nano_usd;
  return (last === undefined ? spent : last - before) / (now - since);
}
