import * as z from 'zod';
import { isTimeZone } from '../core/budget-window.ts';
import type { UnpricedSetting } from '../core/unpriced.ts';
import type { BudgetSetting, ProjectSetting, SpendingConfig } from './config.ts';
import { markupSchema } from './price-schema.ts';
import { factorOf, toNanoUsd } from './prices.ts';
import { addressRange, instant, modelName, usd } from './schema-fields.ts';

const MOST_ENTRIES = 10_000;
/** What a project, a budget or a key may be called. */
export const holderName = z.string().regex(/^[^\s\p{Cc}][^\p{Cc}]{0,99}$/u, 'must be 1 to 100 printable characters');
/** A tag of requests. */
export const tag = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$/, 'must be 1 to 64 letters, digits or ._:/-, a letter or digit first');

const amount = z
  .number()
  .refine((value) => toNanoUsd(value) !== undefined, 'must be USD: 0 to 1000000 with at most 9 decimals');

/** What becomes of models without a price, as it is written; amounts are USD per million tokens. */
export const unpricedSchema = z.discriminatedUnion('policy', [
  z.strictObject({ policy: z.literal('block') }),
  z.strictObject({ policy: z.literal('flag') }),
  z.strictObject({ policy: z.literal('hold'), ceiling: z.strictObject({ input: usd, output: usd }) }),
]);

const project = z.strictObject({
  models: z.array(modelName).max(MOST_ENTRIES).optional().describe('Models or patterns of its keys. Default: all.'),
  tags: z.array(tag).max(16).default([]).describe('Tags of all its requests.'),
  ip_allow: z.array(addressRange).min(1).max(1_000).optional().describe('Who may use its keys. Default: all.'),
  expires: instant.optional().describe('When its keys end at the latest, such as 2027-01-01.'),
  markup: markupSchema,
  unpriced: unpricedSchema.optional().describe('Models without a price in its requests. Default: as everywhere.'),
  archived: z.boolean().default(false).describe('Whether its keys are refused.'),
});

const budget = z
  .strictObject({
    project: holderName.optional(),
    key: z.string().min(1).optional().describe('Id of an API key.'),
    tag: tag.optional(),
    amount,
    period: z.enum(['day', 'week', 'month']).default('month'),
    time_zone: z
      .string()
      .refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin')
      .default('UTC')
      .describe('Where its days begin.'),
    kind: z.enum(['hard', 'soft']).default('hard').describe('hard refuses what might not fit; soft only counts.'),
    alerts: z.array(z.int().min(1).max(1_000)).max(20).default([]).describe('Per cent of the amount.'),
  })
  .refine(
    (each) => [each.project, each.key, each.tag].filter((one) => one !== undefined).length === 1,
    'must be on one of project, key and tag',
  );

/** The parts of `ezmodel.yaml` that say who may spend how much. */
export const spendingShape = {
  projects: z.record(holderName, project).default({}).describe('Projects, which own API keys.'),
  budgets: z.record(holderName, budget).default({}).describe('What projects, keys and tags may spend.'),
  unpriced: unpricedSchema
    .prefault({ policy: 'block' })
    .describe('Models without a price under budgets: refused by hard ones, not counted, or counted at a ceiling.'),
};

const spendingSchema = z.strictObject(spendingShape);

/** Those parts once checked; `undefined` gives the defaults. */
export type SpendingEntries = z.output<typeof spendingSchema>;

/** What holds without a file. */
export const NO_SPENDING: SpendingEntries = spendingSchema.parse({});

/** Those parts as the configuration has them. */
export function spendingOf({ projects, budgets, unpriced }: SpendingEntries): SpendingConfig {
  return {
    projects: Object.entries(projects).map(
      ([
        called,
        { models, tags, archived, markup, unpriced: own, ip_allow: ipAllow, expires: expiresAt },
      ]): ProjectSetting => ({
        ...{ name: called, models, tags, archived, ipAllow, expiresAt },
        markup: factorOf(markup),
        unpriced: own && unpricedOf(own),
      }),
    ),
    budgets: Object.entries(budgets).map(
      ([called, each]): BudgetSetting => ({
        name: called,
        on: onOf(each),
        amount: toNanoUsd(each.amount) ?? 0,
        period: each.period,
        timeZone: each.time_zone,
        hard: each.kind === 'hard',
        alerts: each.alerts,
      }),
    ),
    unpriced: unpricedOf(unpriced),
  };
}

/** That setting as it is used, in nano-USD. */
export function unpricedOf(written: z.output<typeof unpricedSchema>): UnpricedSetting {
  const { policy } = written;
  if (policy !== 'hold') return { policy, ceiling: undefined };
  const { input, output } = written.ceiling;
  return { policy, ceiling: { input: toNanoUsd(input) ?? 0, output: toNanoUsd(output) ?? 0 } };
}

function onOf({ project: ofProject, key, tag: ofTag }: SpendingEntries['budgets'][string]): BudgetSetting['on'] {
  if (ofProject !== undefined) return { scope: 'project', name: ofProject };
  return key === undefined ? { scope: 'tag', name: ofTag ?? '' } : { scope: 'key', name: key };
}
