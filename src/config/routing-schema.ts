import * as z from 'zod';
import { POLICY_NAMES } from './config.ts';
import { channelName, duration, modelName, priority, share, weight } from './schema-fields.ts';

const policy = z.enum(POLICY_NAMES).describe('How targets of equal priority are put in order.');

const explicitTarget = z.strictObject({
  channel: channelName,
  model: modelName.optional().describe('The upstream model. Default: what the channel calls the public name.'),
  weight: weight.optional().describe('Default: that of the channel.'),
  priority: priority.optional().describe('Default: that of the channel.'),
});

const hedging = {
  enabled: z.boolean().describe('Whether a second target is asked when the first is slow. It costs what both use.'),
  after: z
    .union([z.literal('p95'), duration(1)])
    .describe('Silence before the first content; p95: longer than 19 of 20 answers of that target take.'),
  floor: duration(1).describe('Never sooner than this.'),
  max_share: share.describe('Largest share of the requests of a model that are hedged; one a minute always may be.'),
};

/** The route of one public name, as it is written. */
export const modelRouteSchema = z.strictObject({
  model: modelName.optional().describe('The upstream model. Default: the public name.'),
  channels: z.array(channelName).min(1).optional().describe('Default: every channel that serves the model.'),
  targets: z.array(explicitTarget).min(1).max(1_000).optional().describe('All targets, one by one.'),
  policy: policy.optional().describe('Default: routing.policy.'),
  timeouts: z
    .strictObject({
      connect: duration(1).optional(),
      first_event: duration(1).optional(),
      idle: duration(1).optional(),
      total: duration(1).optional(),
    })
    .optional()
    .describe('In place of those of the channels; what is left out is as they say.'),
  hedging: z.strictObject(hedging).partial().default({}).describe('Default: routing.hedging, key by key.'),
});

/** A route once checked. */
export type WrittenRoute = z.output<typeof modelRouteSchema>;

/** The models that stand in for one, in order. */
export const fallbackNames = z.array(modelName).min(1).max(16);

/** Which models stand in for which, in order. */
export const fallbacksSchema = z
  .record(modelName, fallbackNames)
  .default({})
  .describe(
    'Models that are asked, in order, when no target of a model answers; a key never gets one that it may not use.',
  );

/** How targets are chosen and failures are survived, as it is written. */
export const routingSchema = z
  .strictObject({
    policy: policy.default('priority-weighted'),
    affinity: z
      .boolean()
      .default(true)
      .describe('Whether a session stays with the credential that holds its prompt cache.'),
    affinity_ttl: duration(1)
      .prefault('5m')
      .describe('How long it does without a request; 1h where a request asks for that.'),
    max_attempts: z.int().min(1).max(100).default(4).describe('Attempts for one request, the first included.'),
    tries_per_target: z.int().min(1).max(10).default(2).describe('Attempts at one target, the first included.'),
    total_time: duration(1).prefault('120s').describe('No attempt is begun later than this after the request came.'),
    retry_budget: share
      .default(0.2)
      .describe('Largest share of live requests that are retries; 3 at once are always allowed.'),
    max_retry_after: duration(0)
      .prefault('2s')
      .describe('The longest retry-after that is waited for instead of passed on.'),
    beta_memory: duration(1)
      .prefault('1h')
      .describe('How long a beta or optional field that an upstream has refused is left out of what it gets.'),
    hedging: z
      .strictObject({
        enabled: hedging.enabled.default(false),
        after: hedging.after.default('p95'),
        floor: hedging.floor.prefault('500ms'),
        max_share: hedging.max_share.default(0.05),
      })
      .prefault({}),
  })
  .prefault({});
