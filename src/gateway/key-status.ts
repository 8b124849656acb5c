import type { Principal } from '../access/principal.ts';
import { subjectsOf } from '../core/budget.ts';
import { ANY, type LimitStatus } from '../core/limit.ts';
import type { Price } from '../metering/price.ts';
import { type BudgetStatus, budgetStatus } from '../store/budgets.ts';
import type { Store } from '../store/open.ts';
import { sumKeySpend } from '../store/usage.ts';
import type { Gateway } from './gateway.ts';
import { listModels } from './list-models.ts';

/**
 * What the holder of a key may know of it: models with their prices, limits and budgets with what is left, and what it has spent
 * (UTC days and months; settled exchanges). Money is nano-USD, times are Unix ms. Rejects with StoreError as the store does.
 */
export async function describeKey(gateway: Gateway, store: Store, principal: Principal): Promise<object> {
  const now = gateway.now();
  const { keyId, name, projectId, projectName, tags, expiresAt } = principal;
  const [limits, budgets, spentToday, spentThisMonth] = await Promise.all([
    gateway.limiter.statusOf(principal, ANY),
    budgetStatus(store, now, subjectsOf({ projectId, keyId, tags })),
    sumKeySpend(store, keyId, startOfDay(now)),
    sumKeySpend(store, keyId, startOfMonth(now)),
  ]);
  return {
    id: keyId,
    name,
    project: projectName,
    tags,
    expires_at: expiresAt,
    models: modelsOf(gateway, principal),
    limits: limits.map(showLimit),
    budgets: budgets.map(showBudget),
    spent_nano_usd: { today: spentToday, this_month: spentThisMonth },
  };
}

function startOfDay(now: number): number {
  return new Date(now).setUTCHours(0, 0, 0, 0);
}

function startOfMonth(now: number): number {
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

/** Each model at the price of the target that stands first; null where that has none. */
function modelsOf(gateway: Gateway, principal: Principal): object[] {
  const { config, router } = gateway.snapshot();
  return listModels(config, principal).map(({ id }) => {
    const [target] = router.route(id).targets;
    const price = target && gateway.priceOf(target, principal);
    return { id, nano_usd_per_million_tokens: price ? ratesOf(price) : null };
  });
}

function ratesOf({ base }: Price): object {
  return { ...base.rates };
}

function showLimit({ measure, limit, remaining, resetIn }: LimitStatus): object {
  return { measure, limit, remaining, resets_in_ms: Math.ceil(resetIn) };
}

function showBudget({ name, amount, period, hard, spent, reserved, resetsAt }: BudgetStatus): object {
  const left = Math.max(0, amount - spent - reserved);
  return {
    name,
    period,
    hard,
    amount_nano_usd: amount,
    spent_nano_usd: spent,
    reserved_nano_usd: reserved,
    left_nano_usd: left,
    resets_at: resetsAt,
  };
}
