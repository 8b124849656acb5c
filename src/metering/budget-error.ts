import type { BudgetPeriod, BudgetRefusal } from '../core/budget.ts';
import { GatewayError } from '../core/error.ts';

/** The code of a refusal by a budget, in Anthropic's shape; OpenAI's clients see `insufficient_quota`. */
const EXHAUSTED_CODE = 'budget_exhausted';
/** The code of a refusal because a model has no price. */
const UNPRICED_CODE = 'model_unpriced';

const EVERY: Readonly<Record<BudgetPeriod, string>> = {
  day: ' a day',
  week: ' a week',
  month: ' a month',
  prepaid: ' prepaid',
};

/** A refusal as the caller is told: which budget, how it stands, when it resets. Never worth a retry (law Money errors). */
export function toBudgetError(refusal: BudgetRefusal, model: string): GatewayError {
  const isUnpriced = refusal.reason === 'unpriced';
  return new GatewayError('billing', isUnpriced ? unpricedText(refusal, model) : exhaustedText(refusal), {
    shouldRetry: false,
    code: isUnpriced ? UNPRICED_CODE : EXHAUSTED_CODE,
  });
}

function exhaustedText({ name, amount, period, spent, reserved, needed, resetsAt }: BudgetRefusal): string {
  const held = reserved > 0 ? ` and ${usd(reserved)} held for running requests` : '';
  const end =
    resetsAt === null ? 'It is prepaid: it has to be topped up.' : `It resets at ${new Date(resetsAt).toISOString()}.`;
  return `The budget "${name}" of ${usd(amount)}${EVERY[period]} has no room for this request, which may cost up to ${usd(needed)}: ${usd(spent)} spent${held}. ${end}`;
}

function unpricedText({ name }: BudgetRefusal, model: string): string {
  return `The model ${model} has no price, so the hard budget "${name}" cannot hold what it may cost. Ask your operator for a price.`;
}

/** Rounded to a thousandth of a cent, up: for people. */
function usd(nanoUsd: number): string {
  return `$${(Math.ceil(nanoUsd / 10_000) / 100_000).toFixed(5)}`;
}
