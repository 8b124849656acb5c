import { isJsonObject, numberAt, objectAt } from './json.ts';

/** What may become of models without a price (law Unpriced). */
export const UNPRICED_POLICIES = ['block', 'hold', 'flag'] as const;

/** How budgets take models without a price: refused by hard ones, counted at a ceiling, or not counted. */
export type UnpricedSetting = {
  policy: (typeof UNPRICED_POLICIES)[number];
  /** Nano-USD per million tokens; present with `hold`. */
  ceiling: { input: number; output: number } | undefined;
};

/** A setting as it was written down as JSON; undefined when it is none. */
export function readUnpriced(text: string): UnpricedSetting | undefined {
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value)) return undefined;
  const policy = UNPRICED_POLICIES.find((each) => each === value['policy']);
  if (policy === undefined) return undefined;
  const ceiling = objectAt(value, 'ceiling');
  const input = ceiling && numberAt(ceiling, 'input');
  const output = ceiling && numberAt(ceiling, 'output');
  if (policy !== 'hold') return { policy, ceiling: undefined };
  return input === undefined || output === undefined ? undefined : { policy, ceiling: { input, output } };
}
