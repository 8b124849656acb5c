import type { Attempt } from './attempt.ts';
import type { Slow } from './tries.ts';

/** The response header that says which way a request went: channels in the order in which they were tried. */
const HEADER = 'x-ezmodel-route';

/** The way of an exchange for its client: `main=overloaded, backup`; nothing before the first attempt. */
export function routeHeader(attempts: readonly Attempt[]): Record<string, string> {
  if (attempts.length === 0) return {};
  const steps = attempts.map(({ opening, failure }) =>
    failure ? `${opening.channel}=${failure.kind}` : opening.channel,
  );
  return { [HEADER]: steps.join(', ') };
}

/** Why a target is tried, for people: what put it in its place, and which failure came before. */
export function reasonOf(why: string, previous: Attempt | undefined): string {
  return previous ? `after ${previous.failure?.kind ?? 'a failure'} of ${previous.opening.channel}: ${why}` : why;
}

/** Why a target is tried beside another one, for people. */
export function hedgeReason({ target, delay }: Slow, why: string): string {
  return `hedge after ${Math.round(delay)} ms of ${target.channel.name}: ${why}`;
}
