import type { Usage } from '../../../core/usage.ts';
import type { TargetEndpoint } from '../../target-endpoint.ts';
import type { Probe, ProbeRequest, Verdict } from '../probe.ts';
import { failed, ok, whenAnswered, whenAnsweredAgain } from '../verdict.ts';
import { askFor } from './ask-for.ts';

/** Tokens from which upstreams cache a prefix, where the model's own minimum is not known. */
const CACHED_TOKENS = 1024;
/** Above the least by so much that no way of counting falls below it. */
const MARGIN = 1.25;
const BYTES_PER_TOKEN = 4;

const LINE = 'Rule: the harbour of this town opens at dawn and closes at dusk, winter and summer alike. ';

/** A request with a prefix just long enough for this model's cache. */
function requestFor({ facts }: TargetEndpoint): ProbeRequest {
  const tokens = MARGIN * (facts?.rules.minimumCacheTokens ?? CACHED_TOKENS);
  const text = LINE.repeat(Math.ceil((tokens * BYTES_PER_TOKEN) / LINE.length));
  const system = [{ type: 'text', text, cache_control: { type: 'ephemeral' } }];
  return { form: 'whole', message: askFor('Say hello.', { system }) };
}

/** The same long prefix twice: the second answer tells what it read from the cache. */
export const CACHE: Probe = {
  name: 'cache',
  supported: ({ dialect, quirks }) =>
    quirks.cacheControl || (dialect.id !== 'anthropic-messages' && quirks.promptCacheKey),
  request: requestFor,
  judge: (first, { endpoint }) =>
    whenAnswered(first, () => ({
      request: requestFor(endpoint),
      judge: (second) => whenAnsweredAgain('the second call', second, ({ usage }) => judgeUsage(usage, endpoint)),
    })),
};

/** Where the request marks what to cache, it must be read; where the upstream decides, it need only tell. */
function judgeUsage({ cache_read: read }: Usage, { dialect, quirks }: TargetEndpoint): Verdict {
  if (read === undefined) return failed('no usage of cached tokens');
  const isMarked = quirks.cacheControl && dialect.id !== 'openai-responses';
  return read === 0 && isMarked ? failed('a repeated prefix was not read from the cache') : ok(`${read} tokens read`);
}
