import type { FailureClass } from './failure-class.ts';
import type { Verdict } from './health.ts';
import { POLICIES } from './policies/index.ts';
import type { FiguresOf } from './policies/policy.ts';
import type { Route, Router, Target } from './resolve.ts';
import { type Holder, isBinding } from './state-holders.ts';

/** What is to be decided for one request, and what it is decided by. */
export type Selecting = {
  router: Router;
  /** Public name. */
  model: string;
  /** Whether the key may use a model: a fallback that it may not is left out. */
  isAllowed(model: string): boolean;
  /** Where the session is, and what it was told by; undefined when it is new or has none. */
  preferred: { id: string; source: string } | undefined;
  /** Who holds the state that the request carries; undefined when it carries none, or nobody knows whose. */
  holder: Holder | undefined;
  figuresOf: FiguresOf;
  verdictOf(target: Target): Verdict;
  /** Ms until its credential may be used again, as its limits say; 0: now. */
  waitFor(target: Target): number;
  /** From 0 to 1, 1 excluded. */
  random(): number;
};

/** Why a target has its place, or none; kept with the exchange. */
export type Reason = { target: Target; isChosen: boolean; why: string };

/** The targets of a request, best first, and a reason for each of them and each that was left out. */
export type Selection = {
  targets: readonly Target[];
  reasons: readonly Reason[];
  /** Ms until the first credential that is at its limit has room; undefined when none is. */
  fullFor: number | undefined;
};

/** A target with all that is known about it; `wait`: until its credential has room, in ms. */
type Candidate = { target: Target; verdict: Verdict; why: string; wait: number };

/**
 * Puts the targets of a model in order: that of the session, then tier by tier as the policy says, then those of the models
 * that stand in for it. Unhealthy ones are left out; when all are, they are asked nevertheless, the least bad first. Targets
 * that an operator drains, and those whose credential is at its limit, are never asked.
 */
export function selectTargets(selecting: Selecting): Selection {
  const { router, model, isAllowed } = selecting;
  const route = router.route(model);
  const [candidates, ...stoodIn] = [
    candidatesOf(selecting, route, ''),
    ...route.fallbacks
      .filter(isAllowed)
      .map((other) => candidatesOf(selecting, router.route(other), `fallback for ${model}, `)),
  ];
  const withSession = preferSession(candidates ?? [], selecting.preferred);
  return chooseHealthy(preferHolder(withSession, stoodIn.flat(), selecting.holder));
}

/** The targets of one route in order of their tiers, and inside a tier of the policy. */
function candidatesOf({ figuresOf, verdictOf, waitFor, random }: Selecting, route: Route, prefix: string): Candidate[] {
  const order = POLICIES[route.policy];
  return tiersOf(route.targets).flatMap((tier) => {
    const ordered = tier.length === 1 ? tier : order(tier, figuresOf, random);
    return ordered.map((target) => ({
      target,
      verdict: verdictOf(target),
      wait: waitFor(target),
      why: `${prefix}${route.policy}, priority ${target.priority}`,
    }));
  });
}

function tiersOf(targets: readonly Target[]): Target[][] {
  const tiers: Target[][] = [];
  for (const target of targets) {
    const tier = tiers.at(-1);
    if (tier?.[0]?.priority === target.priority) tier.push(target);
    else tiers.push([target]);
  }
  return tiers;
}

/** The session's target first, in whatever tier it is; when it cannot be used, the session moves to who would be first. */
function preferSession(candidates: Candidate[], preferred: Selecting['preferred']): Candidate[] {
  const found = candidates.find(({ target }) => target.id === preferred?.id);
  if (!preferred || !found) return candidates;
  const others = candidates.filter((candidate) => candidate !== found);
  if (isUsable(found)) return [{ ...found, why: `session by ${preferred.source}` }, ...others];
  const heir = others.findIndex(isUsable);
  const why = `session by ${preferred.source} moves from ${preferred.id}`;
  return [...others.map((candidate, index) => (index === heir ? { ...candidate, why } : candidate)), found];
}

/**
 * The account that made the state which the request carries goes first, in whatever tier it is. Reasoning may be taken by another
 * one when it cannot be used; what lies with it alone nobody else is asked for.
 */
function preferHolder(candidates: Candidate[], stoodIn: Candidate[], holder: Selecting['holder']): Candidate[] {
  const held = candidates.filter(({ target }) => target.credential.id === holder?.credential);
  if (!holder || held.length === 0) return [...candidates, ...stoodIn];
  const first = held.map((candidate) => ({ ...candidate, why: `holds the state (${holder.kind})` }));
  if (isBinding(holder)) return first;
  const others = [...candidates.filter((candidate) => !held.includes(candidate)), ...stoodIn];
  const why = `, as ${holder.credential}, which holds the state (${holder.kind}), cannot be used`;
  return held.some(isUsable)
    ? [...first, ...others]
    : [...others.map((candidate) => ({ ...candidate, why: candidate.why + why })), ...held];
}

function chooseHealthy(candidates: readonly Candidate[]): Selection {
  const full = candidates.filter(({ verdict, wait }) => !verdict.isDraining && wait > 0);
  const offered = candidates.filter(({ verdict, wait }) => !verdict.isDraining && wait === 0);
  const drained = candidates.filter(({ verdict }) => verdict.isDraining);
  const healthy = offered.filter(isUsable);
  const unhealthy = offered.filter((candidate) => !isUsable(candidate));
  const leastBad = unhealthy.toSorted((one, other) => one.verdict.wait - other.verdict.wait);
  const chosen = healthy.length > 0 ? healthy : leastBad;
  const reasons = [
    ...chosen.map(({ target, verdict, why }) => ({ target, isChosen: true, why: chosenBecause(verdict, why) })),
    ...(healthy.length > 0 ? unhealthy : []).map(({ target, verdict }) => skipped(target, troubleOf(verdict))),
    ...full.map(({ target }) => skipped(target, 'its credential is at its limit')),
    ...drained.map(({ target }) => skipped(target, 'draining')),
  ];
  const fullFor = full.length > 0 ? Math.min(...full.map(({ wait }) => wait)) : undefined;
  return { targets: chosen.map(({ target }) => target), reasons, fullFor };
}

function chosenBecause(verdict: Verdict, why: string): string {
  if (verdict.state === 'closed') return why;
  return verdict.state === 'half-open' ? `${why}, as a probe` : `least bad of all: ${troubleOf(verdict)}`;
}

function skipped(target: Target, why: string): Reason {
  return { target, isChosen: false, why };
}

function isUsable({ verdict: { state, isDraining }, wait }: Candidate): boolean {
  return state !== 'open' && !isDraining && wait === 0;
}

function troubleOf({ reason, wait }: Verdict): string {
  const name: FailureClass | 'unhealthy' = reason ?? 'unhealthy';
  return wait > 0 ? `${name}, ${Math.ceil(wait / 1000)} s left` : `${name}, being probed`;
}
