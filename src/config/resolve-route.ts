import type { ModelRoute } from './config.ts';
import type { WrittenRoute } from './routing-schema.ts';

/** A checked route as routing uses it. */
export function routeOf({ model, channels, targets, policy, timeouts, hedging }: WrittenRoute): ModelRoute {
  const explicit = targets?.map((target) => ({
    channel: target.channel,
    model: target.model,
    weight: target.weight,
    priority: target.priority,
  }));
  return {
    model,
    channels,
    targets: explicit,
    policy,
    timeouts: timeouts && timeoutsOf(timeouts),
    hedging: hedgingOf(hedging),
  };
}

type WrittenTimeouts = NonNullable<WrittenRoute['timeouts']>;

function timeoutsOf({ connect, first_event: firstEvent, idle, total }: WrittenTimeouts): ModelRoute['timeouts'] {
  return {
    ...(connect !== undefined && { connect }),
    ...(firstEvent !== undefined && { firstEvent }),
    ...(idle !== undefined && { idle }),
    ...(total !== undefined && { total }),
  };
}

function hedgingOf({ max_share, ...same }: WrittenRoute['hedging']): ModelRoute['hedging'] {
  return { ...same, maxShare: max_share };
}
