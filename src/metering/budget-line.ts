import type { BudgetRefusal } from '../core/budget.ts';

/** How long a request waits for running ones to give back what they do not use, in ms. */
const PATIENCE = 5_000;
/** More do not wait: they are refused at once. */
const MOST_WAITING = 2_000;
/** How often the head of a line tries again by itself: other processes settle without a word, in ms. */
const RETRY_INTERVAL = 50;

/** Asks the budgets again; undefined: they have room. */
type Ask = () => Promise<BudgetRefusal | undefined>;

/**
 * Where requests wait that a budget would have room for if less were held for running ones: a line for each budget, in order of
 * arrival. Only the head of a line asks again, after each settlement here and every 50 ms.
 */
export type BudgetLine = {
  /** Asks, and while the budget may have room later waits and asks again: 5 s at most, and not beyond `gone`. */
  ask(ask: Ask, gone: AbortSignal): Promise<BudgetRefusal | undefined>;
  /** Something that was held has been given back. */
  released(): void;
  /** How many wait. */
  size(): number;
};

type Waiter = (isTurn: boolean) => void;

/** An empty line. */
export function createBudgetLine(): BudgetLine {
  const lines = new Map<string, Waiter[]>();
  let timer: NodeJS.Timeout | undefined;
  let size = 0;

  const released = () => {
    for (const [head] of [...lines.values()]) head?.(true);
  };

  const leave = (budgetId: string, waiter: Waiter) => {
    const left = (lines.get(budgetId) ?? []).filter((each) => each !== waiter);
    if (left.length > 0) lines.set(budgetId, left);
    else lines.delete(budgetId);
    if (lines.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };

  /** False when nobody may wait any longer. `isFirst`: it has been at the head before. */
  const waitForTurn = (budgetId: string, isFirst: boolean, remaining: number, gone: AbortSignal): Promise<boolean> =>
    new Promise((resolve) => {
      const end = () => waiter(false);
      const late = setTimeout(end, remaining);
      const waiter: Waiter = (isTurn) => {
        clearTimeout(late);
        gone.removeEventListener('abort', end);
        leave(budgetId, waiter);
        resolve(isTurn);
      };
      gone.addEventListener('abort', end);
      const line = lines.get(budgetId) ?? [];
      lines.set(budgetId, isFirst ? [waiter, ...line] : [...line, waiter]);
      timer ??= setInterval(released, RETRY_INTERVAL).unref();
    });

  const ask: BudgetLine['ask'] = async (again, gone) => {
    let refusal = await again();
    if (!refusal?.fitsLater || size >= MOST_WAITING) return refusal;
    const deadline = performance.now() + PATIENCE;
    size += 1;
    try {
      for (let hasWaited = false; refusal?.fitsLater; hasWaited = true) {
        const { budgetId } = refusal;
        const remaining = deadline - performance.now();
        if (remaining <= 0 || gone.aborted) return refusal;
        if (!(await waitForTurn(budgetId, hasWaited, remaining, gone))) return refusal;
        refusal = await again();
        // There may be room for the next one as well, or nothing left that it could wait for.
        if (!refusal?.fitsLater) lines.get(budgetId)?.[0]?.(true);
      }
      return refusal;
    } finally {
      size -= 1;
    }
  };

  return {
    ask,
    released,
    size: () => size,
  };
}
