import { BUDGET_PERIODS, type BudgetPeriod, type BudgetRefusal } from '../core/budget.ts';
import { type BudgetWindow, windowAt } from '../core/budget-window.ts';
import { type AnswerRow, type Asking, integerIn, textIn } from './asking.ts';
import { placeholders } from './tables/row.ts';

/** What an exchange, or a further attempt of it, needs of its budgets. Money is nano-USD, times are Unix ms. */
export type HoldRequest = {
  exchangeId: string;
  /** What budgets are looked for on; see `subjectsOf`. */
  subjects: readonly string[];
  /** The most that the exchange can cost in all. */
  needed: number;
  /** True when the model has no price and no hard budget may hold anything for it. */
  blocked: boolean;
  now: number;
  /** Until when the hold stands if its process dies. */
  leaseUntil: number;
  /** True of what was let in while the database was away: it counts, whether there is room or not. */
  isTaken?: true;
};

/**
 * The question of an exchange for whose subjects no budget is known, so that nobody has worked out what it can cost: whether
 * there is one.
 */
export type UnstatedHold = { subjects: readonly string[]; needed?: undefined };

type Budget = { id: string; name: string; amount: number; period: BudgetPeriod; hard: boolean };

/** A counter row to be raised; `isOpen`: it is there already, or has just been carried over to another time zone. */
type Raise = { budget: Budget; window: BudgetWindow; by: number; isOpen?: true };

/**
 * Holds what an exchange may cost, in all its budgets or in none; answers the refusal of the first that has no room. Each
 * counter is raised by one conditional statement, so no race can raise it over its amount. Budgets are taken in the order of
 * their ids, so that transactions on a store with row locks never wait for each other in a ring.
 */
export function* takeHolds(request: HoldRequest | UnstatedHold): Asking<BudgetRefusal | undefined> {
  const rows = yield {
    sql: `SELECT id, name, amount_nano_usd, period, time_zone, hard FROM budgets
      WHERE subject IN (${placeholders(request.subjects.length)}) ORDER BY id`,
    parameters: [...request.subjects],
  };
  const [first] = rows;
  if (first === undefined) return undefined;
  if (request.needed === undefined) return unstated(readBudget(first));
  const raises = rows.map((row): Raise => {
    const budget = readBudget(row);
    return { budget, window: windowAt(budget.period, textIn(row, 'time_zone'), request.now), by: request.needed };
  });
  const refusal = yield* raiseAll(raises, request);
  if (refusal) return refusal;
  for (const { budget, window } of raises) {
    yield {
      sql: `INSERT INTO budget_holds (exchange_id, budget_id, period_start, held_nano_usd, lease_until) VALUES (?, ?, ?, ?, ?)`,
      parameters: [request.exchangeId, budget.id, window.start, request.needed, request.leaseUntil],
    };
  }
  return undefined;
}

/** Raises the holds of an open exchange to what it needs now; they never shrink. Answers as {@link takeHolds}. */
export function* raiseHolds(request: HoldRequest): Asking<BudgetRefusal | undefined> {
  const rows = yield {
    sql: `SELECT b.id, b.name, b.amount_nano_usd, b.period, b.hard, h.period_start, p.period_end, h.held_nano_usd
      FROM budget_holds h JOIN budgets b ON b.id = h.budget_id
        JOIN budget_periods p ON p.budget_id = h.budget_id AND p.period_start = h.period_start
      WHERE h.exchange_id = ? AND h.spent_nano_usd IS NULL ORDER BY b.id`,
    parameters: [request.exchangeId],
  };
  const raises = rows.map((row): Raise => {
    const end = row['period_end'] === null ? null : integerIn(row, 'period_end');
    const by = Math.max(0, request.needed - integerIn(row, 'held_nano_usd'));
    return { budget: readBudget(row), window: { start: integerIn(row, 'period_start'), end }, by, isOpen: true };
  });
  const refusal = yield* raiseAll(raises, request);
  if (refusal) return refusal;
  for (const { budget, by } of raises) {
    yield {
      sql: 'UPDATE budget_holds SET held_nano_usd = held_nano_usd + ?, lease_until = ? WHERE exchange_id = ? AND budget_id = ?',
      parameters: [by, request.leaseUntil, request.exchangeId, budget.id],
    };
  }
  return undefined;
}

/** Turns the holds of an exchange into what it cost, and notes the thresholds that this crosses. */
export function* settleHolds(exchangeId: string, cost: number, now: number): Asking<void> {
  const rows = yield {
    sql: `SELECT h.budget_id, h.period_start, h.held_nano_usd, b.amount_nano_usd, b.alerts
      FROM budget_holds h JOIN budgets b ON b.id = h.budget_id
      WHERE h.exchange_id = ? AND h.spent_nano_usd IS NULL ORDER BY h.budget_id`,
    parameters: [exchangeId],
  };
  for (const row of rows) yield* spend(exchangeId, row, { cost, held: integerIn(row, 'held_nano_usd'), now });
}

/**
 * Sets what a settled exchange has cost its budgets, after a correction: in the period in which it was held.
 * @param cost of the whole exchange, corrections included, in nano-USD.
 */
export function* correctHolds(exchangeId: string, cost: number, now: number): Asking<void> {
  const rows = yield {
    sql: `SELECT h.budget_id, h.period_start, h.spent_nano_usd, b.amount_nano_usd, b.alerts
      FROM budget_holds h JOIN budgets b ON b.id = h.budget_id
      WHERE h.exchange_id = ? AND h.spent_nano_usd IS NOT NULL ORDER BY h.budget_id`,
    parameters: [exchangeId],
  };
  for (const row of rows) {
    yield* spend(exchangeId, row, { cost, held: 0, now, spentBefore: integerIn(row, 'spent_nano_usd') });
  }
}

type Spending = { cost: number; held: number; now: number; spentBefore?: number };

function* spend(exchangeId: string, row: AnswerRow, { cost, held, now, spentBefore = 0 }: Spending): Asking<void> {
  const [budgetId, start] = [textIn(row, 'budget_id'), integerIn(row, 'period_start')];
  const add =
    'UPDATE budget_periods SET spent_nano_usd = spent_nano_usd + ?, reserved_nano_usd = reserved_nano_usd - ?';
  const [known] = yield {
    sql: `${add} WHERE budget_id = ? AND period_start = ? RETURNING spent_nano_usd, period_start`,
    parameters: [cost - spentBefore, held, budgetId, start],
  };
  // Looked for once more where the period has been carried over to another time zone since the hold was read.
  const [period] = known
    ? [known]
    : yield {
        sql: `${add} WHERE budget_id = ? AND period_start = (
          SELECT period_start FROM budget_holds WHERE exchange_id = ? AND budget_id = ?) RETURNING spent_nano_usd, period_start`,
        parameters: [cost - spentBefore, held, budgetId, exchangeId, budgetId],
      };
  yield {
    sql: 'UPDATE budget_holds SET spent_nano_usd = ? WHERE exchange_id = ? AND budget_id = ?',
    parameters: [cost, exchangeId, budgetId],
  };
  if (period === undefined) return;
  const [spent, amount] = [integerIn(period, 'spent_nano_usd'), integerIn(row, 'amount_nano_usd')];
  for (const threshold of readThresholds(textIn(row, 'alerts'))) {
    if (spent === 0 || spent < (amount * threshold) / 100) continue;
    yield {
      sql: `INSERT INTO budget_alerts (budget_id, period_start, threshold, crossed_at, spent_nano_usd, next_try_at)
        VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      parameters: [budgetId, integerIn(period, 'period_start'), threshold, now, spent, now],
    };
  }
}

/** All or none: what was raised before the one that had no room is lowered again. */
function* raiseAll(raises: readonly Raise[], request: HoldRequest): Asking<BudgetRefusal | undefined> {
  const unpriced = request.blocked ? raises.find(({ budget }) => budget.hard) : undefined;
  if (unpriced) return refuse(unpriced, request, undefined);
  for (const [index, raise] of raises.entries()) {
    if (yield* raiseOne(raise, request.isTaken === true)) continue;
    for (const { budget, window, by } of raises.slice(0, index)) {
      yield {
        sql: 'UPDATE budget_periods SET reserved_nano_usd = reserved_nano_usd - ? WHERE budget_id = ? AND period_start = ?',
        parameters: [by, budget.id, window.start],
      };
    }
    const [counters] = yield {
      sql: 'SELECT spent_nano_usd, reserved_nano_usd FROM budget_periods WHERE budget_id = ? AND period_start = ?',
      parameters: [raise.budget.id, raise.window.start],
    };
    return refuse(raise, request, counters);
  }
  return undefined;
}

/** The usual case is one statement; the first of a period makes its row. False: no room. */
function* raiseOne({ budget, window, by, isOpen }: Raise, isTaken: boolean): Asking<boolean> {
  const isBound = budget.hard && !isTaken;
  const raise = {
    sql: `UPDATE budget_periods SET reserved_nano_usd = reserved_nano_usd + ?
      WHERE budget_id = ? AND period_start = ? ${isBound ? 'AND spent_nano_usd + reserved_nano_usd + ? <= ?' : ''}
      RETURNING 1 AS raised`,
    parameters: isBound ? [by, budget.id, window.start, by, budget.amount] : [by, budget.id, window.start],
  };
  if ((yield raise).length > 0) return true;
  if (isOpen) return false;
  // Asked again even where another transaction has made the row meanwhile: there may be room in it.
  yield {
    sql: 'INSERT INTO budget_periods (budget_id, period_start, period_end) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    parameters: [budget.id, window.start, window.end],
  };
  return (yield raise).length > 0;
}

function refuse({ budget, window, by }: Raise, request: HoldRequest, counters: AnswerRow | undefined): BudgetRefusal {
  const spent = counters === undefined ? 0 : integerIn(counters, 'spent_nano_usd');
  return {
    reason: counters === undefined && request.blocked ? 'unpriced' : 'exhausted',
    budgetId: budget.id,
    name: budget.name,
    amount: budget.amount,
    period: budget.period,
    spent,
    reserved: counters === undefined ? 0 : integerIn(counters, 'reserved_nano_usd'),
    needed: request.needed,
    resetsAt: window.end,
    fitsLater: counters !== undefined && spent + by <= budget.amount,
  };
}

function unstated({ id, name, amount, period }: Budget): BudgetRefusal {
  return {
    ...{ reason: 'unstated', budgetId: id, name, amount, period },
    ...{ spent: 0, reserved: 0, needed: 0, resetsAt: null, fitsLater: false },
  };
}

function readBudget(row: AnswerRow): Budget {
  const period = BUDGET_PERIODS.find((each) => each === row['period']) ?? 'month';
  return {
    id: textIn(row, 'id'),
    name: textIn(row, 'name'),
    amount: integerIn(row, 'amount_nano_usd'),
    period,
    hard: integerIn(row, 'hard') === 1,
  };
}

/** Per cent at which a budget tells that it fills up, as its column has them. */
export function readThresholds(alerts: string): number[] {
  const list: unknown = JSON.parse(alerts);
  return Array.isArray(list) ? list.filter((item) => typeof item === 'number') : [];
}
