import * as z from 'zod';
import { DURATION_PATTERN, LONGEST_TIMER, parseDuration, parseSize, SIZE_PATTERN } from './durations.ts';
import { toNanoUsd } from './prices.ts';
import { quirksSchema } from './quirks.ts';

const LARGEST_BODY = 1024 ** 3;
const LARGEST_MEMORY = 1024 ** 4;

/** A duration for a timer, in whole ms once parsed. */
function duration(shortest: number) {
  return z
    .string()
    .regex(DURATION_PATTERN, 'is not a duration such as 700ms, 2s, 10m, 1h or 30d')
    .transform((text, context) => {
      const milliseconds = parseDuration(text) ?? Number.NaN;
      if (milliseconds >= shortest && milliseconds <= LONGEST_TIMER) return milliseconds;
      context.addIssue(`must be between ${shortest}ms and 24d`);
      return z.NEVER;
    });
}

const timeout = (fallback: string) => duration(1).prefault(fallback);

/** A size in whole bytes once parsed. */
function size(largest: number) {
  return z
    .string()
    .regex(SIZE_PATTERN, 'is not a size such as 512KB or 32MB')
    .transform((text, context) => {
      const bytes = parseSize(text) ?? Number.NaN;
      if (bytes >= 1 && bytes <= largest) return bytes;
      context.addIssue(`must be between 1B and ${largest / 1024 ** 3}GB`);
      return z.NEVER;
    });
}

const modelName = z
  .string()
  .max(256, 'is longer than 256 characters')
  .regex(/^[^\s\p{Cc}]+$/u, 'must be a name without spaces')
  .describe('A model name; in public names * stands for any run of characters.');

const channelName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, dots, dashes or underscores');

const usd = z
  .number()
  .refine(
    (amount) => toNanoUsd(amount) !== undefined,
    'must be USD per million tokens: 0 to 1000000 with at most 9 decimals',
  );

const baseUrl = z
  .string()
  .refine(isPlainHttpUrl, 'must be an http or https address without user, query or fragment')
  .transform((address) => address.replace(/\/+$/, ''));

function isPlainHttpUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return (
    url !== undefined &&
    /^https?:\/\/[^/]/i.test(text) &&
    url.username === '' &&
    url.password === '' &&
    !/[?#\s\\@]/.test(text)
  );
}

const path = z.string().regex(/^\/[^\s?#]*$/, 'must be a path such as /v1/messages');

/** A path alone, or with the one that counts tokens. */
const endpoint = z
  .union([
    path.transform((generate) => ({ generate, count_tokens: undefined })),
    z.strictObject({ generate: path, count_tokens: path.optional() }),
  ])
  .transform(({ generate, count_tokens }) => ({ generatePath: generate, countTokensPath: count_tokens }));

const channel = z.strictObject({
  name: channelName.describe('Unique name, shown in the ledger and the log.'),
  provider: z.string().describe('A row of the provider table.'),
  base_url: baseUrl.optional().describe('Default: the address of the provider.'),
  api_key: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'is empty or holds a space or a character that no header takes')
    .optional()
    .describe('The upstream account; best written as a reference to an environment variable.'),
  models: z
    .union([z.array(modelName), z.record(modelName, modelName)])
    .optional()
    .describe('Public names or patterns, or a map from public to upstream name. Default: all of the provider.'),
  priority: z.int().min(0).max(1_000_000).default(0).describe('Lower goes first.'),
  timeouts: z
    .strictObject({
      connect: timeout('10s'),
      first_event: timeout('60s').describe('From sending to the first event, or to the headers of a whole answer.'),
      idle: timeout('120s').describe('Silence between two events.'),
      total: timeout('600s'),
    })
    .prefault({}),
  pacing: z
    .union([duration(0), z.int().min(0).max(60_000)])
    .optional()
    .describe('Simulator only: the time between two events of a stream; a bare number is in ms.'),
  quirks: quirksSchema
    .prefault({})
    .describe('What this upstream takes that its provider does not, or the other way round.'),
  endpoints: z
    .partialRecord(z.enum(['anthropic-messages', 'openai-chat', 'openai-responses']), endpoint)
    .refine((endpoints) => Object.keys(endpoints).length > 0, 'must name at least one API')
    .optional()
    .describe('Which APIs are served where, best first. Default: as the provider says.'),
});

const alias = z.strictObject({
  model: modelName.describe('The upstream model.'),
  channels: z.array(channelName).min(1).optional().describe('Default: every channel that serves the model.'),
});

const price = z.strictObject({
  input: usd,
  output: usd,
  cache_read: usd.optional().describe('Default: 0.1 of input.'),
  cache_write_5m: usd.optional().describe('Default: 1.25 of input.'),
  cache_write_1h: usd.optional().describe('Default: 2 of input.'),
});

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
  max_concurrent_per_key: z.int().min(1).max(1_000_000).default(2000),
});

/** The shape of `ezmodel.yaml`; keys that it does not name are refused at every level. */
export const configFileSchema = z
  .strictObject({
    channels: z.array(channel).min(1).max(10_000),
    models: z.record(modelName, alias).default({}).describe('Public names that stand for a model on given channels.'),
    prices: z.record(modelName, price).default({}).describe('USD per million tokens, by upstream model.'),
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
