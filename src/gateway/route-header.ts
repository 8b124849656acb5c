import type { Reason } from '../routing/select.ts';
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

/** So many targets that were passed over are named. */
const MOST_NAMED = 3;

/** Which targets were passed over before the first attempt, and why, for people: `; without main/first (rate_limited, 4 s left)`. */
export function passedOver(reasons: readonly Reason[]): string {
  const skipped = reasons.filter(({ isChosen }) => !isChosen);
  if (skipped.length === 0) return '';
  const named = skipped.slice(0, MOST_NAMED).map(({ target, why }) => `${target.credential.id} (${why})`);
  const others = skipped.length - named.length;
  return `; without ${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}

/** Why a target is tried, for people: what put it in its place, and which failure came before. */
export function reasonOf(why: string, previous: Attempt | undefined): string {
  return previous ? `after ${previous.failure?.kind ?? 'a failure'} of ${previous.opening.channel}: ${why}` : why;
}

/** Why a target is tried beside another one, for people. */
export function hedgeReason({ target, delay }: Slow, why: string): string {
  return `hedge after ${Math.round(delay)} ms of ${target.channel.name}: ${why}`;
}
