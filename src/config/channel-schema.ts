import * as z from 'zod';
import { CHANNEL_STATES, HEALTH_CHECK_TIMES } from './config.ts';
import { markupSchema, pricesSchema } from './price-schema.ts';
import { quirksSchema } from './quirks.ts';
import { baseUrl, channelName, duration, modelName, path, priority, timeout, weight } from './schema-fields.ts';

/** One channel may have this many accounts. */
const MOST_CREDENTIALS = 1_000;

const apiKey = z.string().regex(/^[\x21-\x7e]+$/, 'is empty or holds a space or a character that no header takes');

const credentialLimits = z
  .strictObject({
    concurrent: z.int().min(1).max(1_000_000).optional().describe('Calls that are out at once.'),
    requests_per_minute: z.int().min(1).max(1_000_000).optional(),
  })
  .optional();

const credential = z.strictObject({
  name: channelName.describe('Unique within the channel, shown in the ledger and the log.'),
  api_key: apiKey,
  weight: weight.default(1).describe('Share of what its channel gets.'),
  limits: credentialLimits.describe('What each process sends under it at most. Default: those of the channel.'),
});

/** A path alone, or with the one that counts tokens. */
const endpoint = z
  .union([
    path.transform((generate) => ({ generate, count_tokens: undefined })),
    z.strictObject({ generate: path, count_tokens: path.optional() }),
  ])
  .transform(({ generate, count_tokens }) => ({ generatePath: generate, countTokensPath: count_tokens }));

/** One channel, as it is written. */
export const channelSchema = z.strictObject({
  name: channelName.describe('Unique name, shown in the ledger and the log.'),
  provider: z.string().describe('A row of the provider table.'),
  base_url: baseUrl.optional().describe('Default: the address of the provider.'),
  api_key: apiKey.optional().describe('The upstream account; best written as a reference to an environment variable.'),
  api_keys: z
    .array(apiKey)
    .min(1)
    .max(MOST_CREDENTIALS)
    .optional()
    .describe('Several accounts, equal among themselves.'),
  credentials: z.array(credential).min(1).max(MOST_CREDENTIALS).optional().describe('Several accounts, with names.'),
  models: z
    .union([z.array(modelName), z.record(modelName, modelName)])
    .optional()
    .describe('Public names or patterns, or a map from public to upstream name. Default: all of the provider.'),
  priority: priority.default(0).describe('Lower goes first.'),
  weight: weight.default(1).describe('Share among channels of equal priority; its credentials divide it.'),
  credential_limits: credentialLimits.describe(
    'What each process sends under each credential at most; one that is at its limit is passed over. Default: none.',
  ),
  state: z.enum(CHANNEL_STATES).default('active').describe('drain: takes no new requests, and finishes those it has.'),
  timeouts: z
    .strictObject({
      connect: timeout('10s'),
      first_event: timeout('60s').describe('From sending to the first event, or to the headers of a whole answer.'),
      idle: timeout('120s').describe('Silence between two events.'),
      total: timeout('600s'),
    })
    .prefault({}),
  health_check: z
    .strictObject({
      interval: duration(1_000).prefault('30s'),
      timeout: timeout('5s'),
      when: z.enum(HEALTH_CHECK_TIMES).default('always').describe('open: only while a circuit is open.'),
      path: path.optional().describe('What is asked for with GET. Default: the list of models.'),
      model: modelName.optional().describe('An upstream model to ask about; never one that is made to answer.'),
    })
    .optional()
    .describe('Asks the upstream now and then whether it lives, with a request that costs nothing. Default: off.'),
  pacing: z
    .union([duration(0), z.int().min(0).max(60_000)])
    .optional()
    .describe('Simulator only: the time between two events of a stream; a bare number is in ms.'),
  prices: pricesSchema.describe('What models cost here, before the prices of the whole file.'),
  markup: markupSchema,
  quirks: quirksSchema
    .prefault({})
    .describe('What this upstream takes that its provider does not, or the other way round.'),
  endpoints: z
    .partialRecord(z.enum(['anthropic-messages', 'openai-chat', 'openai-responses']), endpoint)
    .refine((endpoints) => Object.keys(endpoints).length > 0, 'must name at least one API')
    .optional()
    .describe('Which APIs are served where, best first. Default: as the provider says.'),
});
