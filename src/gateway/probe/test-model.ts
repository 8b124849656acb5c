import type { ChannelConfig } from '../../config/config.ts';
import { matchesPattern } from '../../core/pattern.ts';
import { providerById } from '../../providers/index.ts';

/**
 * The model that a test asks: one written out in the channel, else a small one, or any, of the known ones that its patterns take in;
 * undefined when there is none.
 */
export function testModelOf({ provider, models }: ChannelConfig): string | undefined {
  const named = models.find(({ pattern, upstream }) => upstream !== undefined || !pattern.includes('*'));
  if (named) return named.upstream ?? named.pattern;
  const known = providerById(provider).models.filter(
    ({ id, lifecycle, fault }) =>
      lifecycle === 'active' && fault === undefined && models.some(({ pattern }) => matchesPattern(pattern, id)),
  );
  return (known.find(({ line }) => line === 'haiku') ?? known[0])?.id;
}
