import type { Alert } from '../../core/alert.ts';
import type { BudgetRefusal } from '../../core/budget.ts';
import type { CrossedThreshold } from '../../store/alerts.ts';

/** What is told of a budget that has used a share of its amount: once for each period, share and amount. */
export function thresholdAlert(crossed: CrossedThreshold): Alert {
  const { budget_id, name, subject, hard, amount_nano_usd, period, period_start, threshold } = crossed;
  return {
    id: `budget.threshold:${budget_id}:${period_start}:${threshold}:${amount_nano_usd}`,
    event: 'budget.threshold',
    at: crossed.crossed_at,
    data: {
      budget_id,
      budget: name,
      subject,
      hard: hard === 1,
      amount_nano_usd,
      spent_nano_usd: crossed.spent_nano_usd,
      threshold_percent: threshold,
      period,
      period_start,
    },
  };
}

/** What is told of a hard budget that refuses: once for each period and amount, as more money may bring a second stop. */
export function refusalAlert(refusal: BudgetRefusal, model: string, at: number): Alert {
  const { budgetId, name, amount, period, spent, reserved, needed, resetsAt, reason } = refusal;
  return {
    id: `budget.refused:${budgetId}:${resetsAt ?? 0}:${amount}:${reason}`,
    event: 'budget.refused',
    at,
    data: {
      budget_id: budgetId,
      budget: name,
      reason,
      model,
      amount_nano_usd: amount,
      spent_nano_usd: spent,
      reserved_nano_usd: reserved,
      needed_nano_usd: needed,
      period,
      resets_at: resetsAt,
    },
  };
}
