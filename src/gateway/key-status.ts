import type { Principal } from '../access/principal.ts';
import { subjectsOf } from '../core/budget.ts';
import { ANY, type LimitStanding } from '../core/limit.ts';
import { FACTOR_UNIT, type Price, type Rates } from '../metering/price.ts';
import { multiplyAndRound } from '../metering/receipt.ts';
import { seriesOf } from '../metering/usage-figures.ts';
import { type BudgetStatus, budgetStatus } from '../store/budgets.ts';
import { type ExchangeSummary, pageExchanges } from '../store/exchange-pages.ts';
import type { Store } from '../store/open.ts';
import { sumKeySpend } from '../store/usage.ts';
import type { Gateway } from './gateway.ts';
import { listModels } from './list-models.ts';

const DAY = 24 * 60 * 60_000;

/** The curve of what was spent has a point for each of so many days, today included. */
const DAYS = 30;

/** So many of the last exchanges are told of. */
const RECENT = 20;

/**
 * What the holder of a key may know of it: models with their prices, limits and budgets with what is left, and what it has spent
 * (UTC days and months; settled exchanges). Money is nano-USD, times are Unix ms. Rejects with StoreError as the store does.
 */
export async function describeKey(gateway: Gateway, store: Store, principal: Principal): Promise<object> {
  const now = gateway.now();
  const { keyId, name, projectId, projectName, tags, expiresAt } = principal;
  const lastDays = { since: startOfDay(now) - (DAYS - 1) * DAY, until: now };
  const models = modelsOf(gateway, principal);
  const [limits, budgets, spentToday, spentThisMonth, days, recent] = await Promise.all([
    gateway.limiter.standings(principal, [ANY, ...models.map(({ id }) => id)]),
    budgetStatus(store, now, subjectsOf({ projectId, keyId, tags })),
    sumKeySpend(store, keyId, startOfDay(now)),
    sumKeySpend(store, keyId, startOfMonth(now)),
    seriesOf(store, { keyId }, lastDays, { step: 24, offset: 0 }),
    pageExchanges(store, { keyId }, undefined, RECENT),
  ]);
  return {
    id: keyId,
    name,
    project: projectName,
    tags,
    expires_at: expiresAt,
    models,
    limits: limits.map(showLimit),
    budgets: budgets.map(showBudget),
    spent_nano_usd: { today: spentToday, this_month: spentThisMonth },
    spend_by_day: days.map(({ at, requests, cost_nano_usd: cost }) => ({ at, requests, cost_nano_usd: cost })),
    recent: recent.rows.map(showExchange),
  };
}

function startOfDay(now: number): number {
  return new Date(now).setUTCHours(0, 0, 0, 0);
}

function startOfMonth(now: number): number {
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

/** What a model costs its holder, markups included: rates by token class, and those of longer prompts; null without a price. */
type PricedModel = {
  id: string;
  nano_usd_per_million_tokens: Rates | null;
  longer_prompts: { above_input_tokens: number; nano_usd_per_million_tokens: Rates }[];
};

/** Each model at the price of the target that stands first. */
function modelsOf(gateway: Gateway, principal: Principal): PricedModel[] {
  const { config, router } = gateway.snapshot();
  return listModels(config, principal).map(({ id }) => {
    const [target] = router.route(id).targets;
    const price = target && gateway.priceOf(target, principal);
    const longer = (price?.longer ?? []).map(({ aboveInput, rates }) => ({
      above_input_tokens: aboveInput,
      nano_usd_per_million_tokens: charged(rates, price),
    }));
    return {
      id,
      nano_usd_per_million_tokens: price ? charged(price.base.rates, price) : null,
      longer_prompts: longer,
    };
  });
}

/** Rates as receipts charge them. */
function charged(rates: Rates, price: Pick<Price, 'markup' | 'projectMarkup'> | undefined): Rates {
  const factors = [price?.markup ?? FACTOR_UNIT, price?.projectMarkup ?? FACTOR_UNIT];
  const charge = (rate: number) => multiplyAndRound(rate, 1, 1, factors);
  return {
    input: charge(rates.input),
    cache_read: charge(rates.cache_read),
    cache_write_5m: charge(rates.cache_write_5m),
    cache_write_1h: charge(rates.cache_write_1h),
    output: charge(rates.output),
  };
}

/** An exchange as its key's holder sees it: never a body. */
function showExchange(exchange: ExchangeSummary): object {
  const { started_at: at, ended_at: endedAt, input, cache_read: read } = exchange;
  return {
    id: exchange.id,
    at,
    model: exchange.model,
    status: exchange.outcome ?? 'open',
    error_kind: exchange.error_kind,
    duration_ms: endedAt === null ? null : endedAt - at,
    cost_nano_usd: exchange.cost_nano_usd,
    input_tokens: input + read + exchange.cache_write_5m + exchange.cache_write_1h,
    output_tokens: exchange.output,
  };
}

function showLimit({ scope, models, measure, limit, remaining, resetIn }: LimitStanding): object {
  return { scope, models, measure, limit, remaining, resets_in_ms: Math.ceil(resetIn) };
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
