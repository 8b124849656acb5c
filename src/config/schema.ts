import * as z from 'zod';
import { DURABILITIES } from '../core/durability.ts';
import { alertsSchema } from './alerts-schema.ts';
import { channelSchema } from './channel-schema.ts';
import { keysSchema } from './keys-schema.ts';
import { limitsSchema } from './limits-schema.ts';
import { oidcSchema } from './oidc-schema.ts';
import { payloadsSchema } from './payload-schema.ts';
import { pricesSchema } from './price-schema.ts';
import { retentionSchema } from './retention-schema.ts';
import { fallbacksSchema, modelRouteSchema, routingSchema } from './routing-schema.ts';
import { addressRange, duration, modelName, size } from './schema-fields.ts';
import { spendingShape } from './spending-schema.ts';

const LARGEST_BODY = 1024 ** 3;
const LARGEST_MEMORY = 1024 ** 4;

const server = z.strictObject({
  max_body: size(LARGEST_BODY).prefault('32MB').describe('Largest request body, before and after decompression.'),
  max_bodies: size(LARGEST_MEMORY)
    .prefault('512MB')
    .describe('Request bodies held by all requests together; more are refused as overload.'),
  slow_body: duration(1)
    .prefault('10s')
    .describe('A request body slower than 1 KB a second over this long is refused.'),
  stalled_reader: duration(1).prefault('120s').describe('A client that takes nothing for this long is cut off.'),
  drain: duration(0).prefault('30s').describe('How long streams may run on after SIGTERM.'),
  keep_alive: duration(1).prefault('10s').describe('Silence on a stream after which a ping is sent.'),
  media: z
    .strictObject({
      max_size: size(LARGEST_BODY).prefault('20MB'),
      timeout: duration(1).prefault('10s'),
      private_addresses: z
        .boolean()
        .default(false)
        .describe('Whether files may come from loopback and private addresses.'),
    })
    .prefault({})
    .describe('Files named by URL, fetched for upstreams that take none.'),
  admin: z
    .strictObject({
      open: z.boolean().default(false).describe('Whether it answers other machines than this one.'),
      hosts: z
        .array(z.string().regex(/^[a-z0-9.-]+$/, 'must be host names in lower case'))
        .default([])
        .describe('Host names by which it may be called, beside localhost and addresses.'),
      private_channels: z
        .boolean()
        .default(false)
        .describe('Whether channels that are made there may reach loopback and private addresses.'),
      port: z
        .int()
        .min(1)
        .max(65_535)
        .optional()
        .describe('A port of their own for admin API and console, read at the start; ADMIN_PORT wins.'),
      oidc: oidcSchema.optional(),
    })
    .prefault({})
    .describe('The admin API.'),
  trusted_proxies: z
    .array(addressRange)
    .max(1_000)
    .default([])
    .describe('Addresses and ranges of your own proxies: what they say in X-Forwarded-For is believed.'),
  max_concurrent_per_key: z.int().min(1).max(1_000_000).default(2000),
  max_requests: z.int().min(1).max(1_000_000).default(4000).describe('Requests in flight, of all keys together.'),
  max_queued: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(1000)
    .describe('Requests that wait for one of those to end; more are refused as overload.'),
  max_queue_wait: duration(1).prefault('2s').describe('A request that has waited this long is refused as overload.'),
  node_lease: duration(500)
    .prefault('30s')
    .describe('On PostgreSQL: what a process that has been silent for so long had open is settled by the others.'),
  database_grace: duration(0)
    .prefault('60s')
    .describe('While the database is away: how long known keys are served, and requests without a hard budget begun.'),
  durability: z
    .enum(DURABILITIES)
    .default('process')
    .describe(
      'What each commit to a SQLite file outlives: the end of the process, or the loss of power too. Read at the start.',
    ),
});

/** The shape of `ezmodel.yaml`; keys that it does not name are refused at every level. */
export const configFileSchema = z
  .strictObject({
    channels: z.array(channelSchema).min(1).max(10_000),
    models: z.record(modelName, modelRouteSchema).default({}).describe('Public names that have a route of their own.'),
    fallbacks: fallbacksSchema,
    routing: routingSchema,
    limits: limitsSchema,
    payloads: payloadsSchema,
    keys: keysSchema,
    retention: retentionSchema,
    ...spendingShape,
    alerts: alertsSchema,
    prices: pricesSchema,
    server: server.prefault({}),
  })
  .describe('EZModel configuration');

/** A config file that has passed the schema: durations in ms, sizes in bytes, prices still in USD. */
export type ConfigFile = z.output<typeof configFileSchema>;

/** One channel of a checked config file. */
export type ChannelEntry = ConfigFile['channels'][number];

/** The JSON Schema of `ezmodel.yaml`, as it is written (before expansion and defaults). */
export function configJsonSchema(): object {
  return z.toJSONSchema(configFileSchema, { io: 'input' });
}
