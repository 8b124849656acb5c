import { RecentMap } from '../core/recent-map.ts';
import type { Feature } from './optional-features.ts';
import type { Target } from './resolve.ts';

/** One lesson: an upstream has refused a feature for one of its models. Times are Unix ms. */
export type RefusedFeature = {
  channel: string;
  /** The channel's address when it was learnt: another upstream under the same name is another one. */
  baseUrl: string;
  upstreamModel: string;
  feature: Feature;
  learnedAt: number;
  expiresAt: number;
};

/** What is known of the features that upstreams refuse, until it expires and they are asked for them again. */
export type FeatureMemory = {
  refusedBy(target: Target): readonly Feature[];
  /** Remembers a refusal for `ttl` ms. */
  learn(target: Target, features: readonly Feature[], ttl: number): void;
  /** Takes over what an earlier process has learnt. */
  restore(lessons: readonly RefusedFeature[]): void;
  /** How many lessons are in force. */
  size(): number;
};

/** Lessons that are kept: upstream models may be named by clients. */
const REMEMBERED = 10_000;

/**
 * @param now Unix ms: lessons outlive the process, so they are dated.
 * @param onLearn told of every lesson, for whoever keeps them.
 */
export function createFeatureMemory(
  now: () => number,
  onLearn: (lessons: readonly RefusedFeature[]) => void,
): FeatureMemory {
  const byPlace = new RecentMap<string, Map<Feature, number>>(REMEMBERED);

  const keep = ({ channel, baseUrl, upstreamModel, feature, expiresAt }: RefusedFeature) => {
    const place = placeOf(channel, baseUrl, upstreamModel);
    const known = byPlace.get(place) ?? new Map<Feature, number>();
    known.set(feature, expiresAt);
    byPlace.set(place, known);
  };

  return {
    refusedBy({ channel, upstreamModel }) {
      if (byPlace.size === 0) return [];
      const place = placeOf(channel.name, channel.baseUrl, upstreamModel);
      const known = byPlace.get(place);
      if (!known) return [];
      for (const [feature, expiresAt] of known) if (expiresAt <= now()) known.delete(feature);
      if (known.size === 0) byPlace.delete(place);
      return [...known.keys()];
    },
    learn({ channel: { name: channel, baseUrl }, upstreamModel }, features, ttl) {
      const learnedAt = now();
      const expiresAt = learnedAt + ttl;
      const lessons = features.map((feature) => ({ channel, baseUrl, upstreamModel, feature, learnedAt, expiresAt }));
      lessons.forEach(keep);
      onLearn(lessons);
    },
    restore(lessons) {
      for (const lesson of lessons) if (lesson.expiresAt > now()) keep(lesson);
    },
    size: () =>
      [...byPlace.values()].flatMap((known) => [...known.values()].filter((expiresAt) => expiresAt > now())).length,
  };
}

function placeOf(channel: string, baseUrl: string, upstreamModel: string): string {
  return `${channel} ${baseUrl} ${upstreamModel}`;
}
