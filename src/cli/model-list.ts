import type { Config } from '../config/config.ts';
import { matchesPattern } from '../core/pattern.ts';
import { PROVIDERS } from '../providers/index.ts';
import { createRouter } from '../routing/resolve.ts';

/** A public model and its targets, first choice first. */
export type ListedModel = { id: string; targets: { channel: string; model: string }[] };

const MODELS_OF = new Map(PROVIDERS.map(({ id, models }) => [id, models]));

/** Every name that is written out in a configuration, and every known model that one of its patterns takes in. */
export function listModels(config: Config): ListedModel[] {
  const router = createRouter(config);
  const names = config.channels.flatMap(({ provider, models }) => {
    const known = (MODELS_OF.get(provider) ?? []).flatMap(({ id, aliases }) => [id, ...aliases]);
    return models.flatMap(({ pattern }) =>
      pattern.includes('*') ? known.filter((name) => matchesPattern(pattern, name)) : [pattern],
    );
  });
  return [...new Set([...config.models.keys(), ...names])]
    .sort()
    .map((id) => ({
      id,
      targets: router
        .resolve(id)
        .map(({ channel, upstreamModel }) => ({ channel: channel.name, model: upstreamModel })),
    }))
    .filter(({ targets }) => targets.length > 0);
}

/** A model to show in an example: an active one where there is one, of a line that price lists never miss; else any. */
export function exampleModel(config: Config): string | undefined {
  const served = listModels(config).map(({ id }) => id);
  const active = config.channels.flatMap(({ provider }) =>
    (MODELS_OF.get(provider) ?? []).filter(({ lifecycle, fault }) => lifecycle === 'active' && fault === undefined),
  );
  const candidates = active.filter(({ id }) => served.includes(id));
  return (candidates.find(({ line }) => line === 'opus') ?? candidates[0])?.id ?? served[0];
}
