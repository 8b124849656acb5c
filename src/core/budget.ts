/** The periods that a budget can be for; `prepaid` has none and is filled up by hand. */
export const BUDGET_PERIODS = ['day', 'week', 'month', 'prepaid'] as const;

/** One kind of period. */
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number];

/** What a budget can be on. */
export const BUDGET_SCOPES = ['project', 'key', 'tag'] as const;

/** One kind of subject. */
export type BudgetScope = (typeof BUDGET_SCOPES)[number];

/** The text that a budget and an exchange find each other by: `project:<id>`, `key:<id>` or `tag:<tag>`. */
export function budgetSubject(scope: BudgetScope, id: string): string {
  return `${scope}:${id}`;
}

/** All subjects of an exchange. */
export function subjectsOf(of: { projectId: string; keyId: string; tags: readonly string[] }): string[] {
  return [
    budgetSubject('project', of.projectId),
    budgetSubject('key', of.keyId),
    ...of.tags.map((tag) => budgetSubject('tag', tag)),
  ];
}

/** Why a budget has no room for an exchange, and how it stands. Amounts are nano-USD. */
export type BudgetRefusal = {
  /**
   * `unpriced`: the model has no price, and a hard budget cannot hold what nobody knows. `unstated`: there is a budget, and what
   * the exchange can cost was not said; it has to be asked again with that.
   */
  reason: 'exhausted' | 'unpriced' | 'unstated';
  budgetId: string;
  name: string;
  amount: number;
  period: BudgetPeriod;
  spent: number;
  /** Held for running exchanges. */
  reserved: number;
  /** What the exchange could cost at most, in all. */
  needed: number;
  /** Unix ms; null for a prepaid budget. */
  resetsAt: number | null;
  /** True when it would fit if nothing were held for running exchanges: then it may once they have ended. */
  fitsLater: boolean;
};
