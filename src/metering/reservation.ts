import type { UnpricedSetting } from '../core/unpriced.ts';
import { TOKEN_CLASSES, type ToolClass } from '../core/usage.ts';
import { zeroCounters } from '../store/tables/counters.ts';
import { FACTOR_UNIT, makePrice, type Price } from './price.ts';
import { makeReceipt } from './receipt.ts';

/** What a request can use at most, at one target. */
export type UsageBounds = {
  /** Tokens of prompt, whatever their class. */
  input: number;
  /** Tokens of answer, all choices together. */
  output: number;
  /** Uses of each tool that is billed by the use. */
  tools: Readonly<Record<ToolClass, number>>;
  /** Whether the prompt may be written to a cache, which can cost more than reading it. */
  writesCache: boolean;
  /** Whether it may be billed under other than the standard terms. */
  hasTerms: boolean;
};

/** The most that one attempt within these bounds can cost at a price, in nano-USD: all input in its dearest class. */
export function worstCost(bounds: UsageBounds, price: Price): number {
  const { input, output, tools, writesCache, hasTerms } = bounds;
  const classes = TOKEN_CLASSES.filter((one) => one === 'input' || (writesCache && one.startsWith('cache_write')));
  // Below a bracket of longer prompts, too: a catalogue may have cheaper rates above it.
  const sizes = [input, ...price.longer.map(({ aboveInput }) => aboveInput).filter((size) => size < input)];
  const terms = hasTerms ? dearTerms(price) : [];
  const costs = classes.flatMap((tokenClass) =>
    sizes.map((size) => {
      const counters = { ...zeroCounters(), output, ...tools, [tokenClass]: size };
      return makeReceipt(counters, price, terms).totalNanoUsd;
    }),
  );
  return Math.max(...costs);
}

/** All terms that make tokens dearer, at once. */
function dearTerms({ multipliers }: Price): string[] {
  return Object.entries(multipliers).flatMap(([term, multiplier]) => (multiplier > FACTOR_UNIT ? [term] : []));
}

/** What an operator says of models without a price, for budgets (law Unpriced). */
export type UnpricedPolicy = {
  /** `block`: a hard budget refuses them. `hold`: budgets count them at the ceiling. `flag`: budgets do not count them. */
  policy: 'block' | 'hold' | 'flag';
  /** Present with `hold`. */
  ceiling: Price | undefined;
};

/** The policy as the configuration has it. */
export function unpricedPolicyOf({ policy, ceiling }: UnpricedSetting): UnpricedPolicy {
  if (ceiling === undefined) return { policy, ceiling: undefined };
  const { input, output } = ceiling;
  const rates = { input, cache_read: input, cache_write_5m: input, cache_write_1h: input, output };
  const content = { base: { rates }, longer: [], webSearches: null, multipliers: {}, markup: FACTOR_UNIT };
  return { policy, ceiling: makePrice('ceiling', content) };
}

/** Those of projects, made once for each. */
const policies = new WeakMap<UnpricedSetting, UnpricedPolicy>();

/** The policy of a project, or the general one where it has none of its own. */
export function policyFor(own: UnpricedSetting | null, general: UnpricedPolicy): UnpricedPolicy {
  if (own === null) return general;
  const known = policies.get(own);
  if (known) return known;
  const policy = unpricedPolicyOf(own);
  policies.set(own, policy);
  return policy;
}

/** What an exchange needs of its budgets, in nano-USD. */
export type Need = {
  /** Of its dearest attempt. */
  nanoUsd: number;
  /** True when nothing can be said of it and no hard budget may let it pass. */
  blocked: boolean;
};

/** The need of an attempt at a price, or without one as the policy says. */
export function needOf(bounds: UsageBounds, price: Price | undefined, { policy, ceiling }: UnpricedPolicy): Need {
  const counted = price ?? (policy === 'hold' ? ceiling : undefined);
  if (counted) return { nanoUsd: worstCost(bounds, counted), blocked: false };
  return { nanoUsd: 0, blocked: policy === 'block' };
}
