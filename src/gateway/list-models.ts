import { mayUseModel } from '../access/limits.ts';
import type { Principal } from '../access/principal.ts';
import type { Config } from '../config/config.ts';
import type { ModelFacts } from '../core/model.ts';
import { matchesPattern } from '../core/pattern.ts';
import type { ListedModel } from '../dialects/anthropic-messages/models.ts';
import { providerById } from '../providers/index.ts';

/** The public names that a configuration offers by name, with what is known of each; known models newest first. */
export function listModels(config: Config, principal: Principal | undefined): ListedModel[] {
  const listed = new Map<string, ListedModel>();
  const add = (id: string, facts: ModelFacts | undefined) => {
    if (!listed.has(id) && (!principal || mayUseModel(principal, id))) listed.set(id, { id, facts });
  };
  for (const { provider, models } of config.channels) {
    const known = providerById(provider).models;
    for (const facts of known) {
      if (models.some(({ pattern }) => matchesPattern(pattern, facts.id))) add(facts.id, facts);
    }
    for (const { pattern, upstream } of models) {
      if (!pattern.includes('*')) add(pattern, factsOf(known, upstream ?? pattern));
    }
  }
  const everything = config.channels.flatMap(({ provider }) => providerById(provider).models);
  for (const [name, { model, targets }] of config.models) {
    add(name, factsOf(everything, model ?? targets?.[0]?.model ?? name));
  }
  return [...listed.values()].sort(byDate);
}

/** One public name, other names of known models included; undefined when it is not served, or not known to exist. */
export function findModel(config: Config, principal: Principal, id: string): ListedModel | undefined {
  const known = listModels(config, principal).find((model) => model.id === id);
  if (known || !mayUseModel(principal, id)) return known;
  const channel = config.channels.find(({ models }) => models.some(({ pattern }) => matchesPattern(pattern, id)));
  const facts = channel && factsOf(providerById(channel.provider).models, id);
  return facts && { id, facts };
}

function factsOf(known: readonly ModelFacts[], name: string): ModelFacts | undefined {
  return known.find(({ id, aliases }) => id === name || aliases.includes(name));
}

/** Newest first, names without facts last; the order among equals is the configuration's. */
function byDate(one: ListedModel, other: ListedModel): number {
  return (other.facts?.createdAt ?? '').localeCompare(one.facts?.createdAt ?? '');
}
