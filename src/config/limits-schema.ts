import * as z from 'zod';
import { ANY, DEFAULT_BURST, LIMIT_MEASURES, LIMIT_SCOPES, type LimitRule } from '../core/limit.ts';
import { duration, modelName } from './schema-fields.ts';

const LARGEST_LIMIT = 1_000_000_000_000;
const DAY = 86_400_000;

const amount = z.int().min(1).max(LARGEST_LIMIT);

const holder = z.string().min(1).max(100);

const measures = {
  requests_per_minute: amount.optional(),
  input_tokens_per_minute: amount.optional().describe('Without what is read from a prompt cache.'),
  output_tokens_per_minute: amount.optional(),
  tokens_per_day: amount.optional().describe('Input and output of one day in UTC, without cache reads.'),
  concurrent: amount.optional().describe('Requests that are open at once.'),
  burst: duration(1)
    .prefault(`${DEFAULT_BURST}ms`)
    .refine((time) => time <= DAY, 'must be 24h at most')
    .describe('The time whose allowance a per-minute limit may use at once.'),
};

/** Limits of one thing that is named elsewhere. */
export const limitMeasures = z.strictObject(measures);

/** One set of limits, as it is written. */
const limitSchema = z
  .strictObject({
    key: holder.optional().describe('The id or name of an API key, or * for each of them on its own.'),
    project: holder.optional().describe('The id or name of a project, or * for each of them on its own.'),
    model: modelName
      .optional()
      .describe(
        'Alone: all requests for these models together. Beside key or project: only requests for these models.',
      ),
    ...measures,
  })
  .refine(({ key, project }) => key === undefined || project === undefined, 'cannot name both a key and a project')
  .refine(
    ({ key, project, model }) => [key, project, model].some((named) => named !== undefined),
    'needs a key, a project or a model',
  )
  .refine(
    (entry) => LIMIT_MEASURES.some((measure) => entry[measure] !== undefined),
    `needs one of ${LIMIT_MEASURES.join(', ')}`,
  );

/** All sets of limits of a file. */
export const limitsSchema = z
  .array(limitSchema)
  .max(10_000)
  .default([])
  .describe('What keys, projects and models may use at most.');

/** A set of limits of a checked file. */
type LimitEntry = z.output<typeof limitsSchema>[number];

/** A set of limits as the gateway reads it. */
export function limitRuleOf(entry: LimitEntry): LimitRule {
  const { key, project, model = ANY, burst } = entry;
  const scope = LIMIT_SCOPES.find((name) => entry[name] !== undefined) ?? 'model';
  const values = Object.fromEntries(
    LIMIT_MEASURES.flatMap((measure) => (entry[measure] === undefined ? [] : [[measure, entry[measure]]])),
  );
  return scope === 'model'
    ? { scope, id: model, model: ANY, values, burst }
    : { scope, id: key ?? project ?? ANY, model, values, burst };
}
