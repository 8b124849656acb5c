import type { Store } from '../store/open.ts';
import { deleteExpiredFeatures, listRefusedFeatures, saveRefusedFeatures } from '../store/refused-features.ts';
import type { RefusedFeaturesTable } from '../store/schema.ts';
import { createFeatureMemory, type FeatureMemory, type RefusedFeature } from './feature-memory.ts';
import { isFeature } from './optional-features.ts';

/**
 * A memory of refused features that outlives the process, and that commands can read beside it.
 * @param now Unix ms.
 * @param onFailure told when a lesson could not be written: it is then known to this process alone.
 * @throws StoreError when the store cannot be read.
 */
export async function keepFeatures(
  store: Store,
  now: () => number,
  onFailure: (error: unknown) => void,
): Promise<FeatureMemory> {
  const memory = createFeatureMemory(now, (lessons) => {
    saveRefusedFeatures(store, lessons.map(rowOf)).catch(onFailure);
  });
  memory.restore(await listFeatures(store, now()));
  deleteExpiredFeatures(store, now()).catch(onFailure);
  return memory;
}

/** The lessons in force at `now` (Unix ms). */
export async function listFeatures(store: Store, now: number): Promise<RefusedFeature[]> {
  return (await listRefusedFeatures(store, now)).flatMap((row) => lessonOf(row) ?? []);
}

function rowOf(lesson: RefusedFeature): RefusedFeaturesTable {
  return {
    channel: lesson.channel,
    base_url: lesson.baseUrl,
    upstream_model: lesson.upstreamModel,
    feature: lesson.feature,
    learned_at: lesson.learnedAt,
    expires_at: Math.trunc(lesson.expiresAt),
  };
}

/** Undefined for a feature that this version does not know. */
function lessonOf(row: RefusedFeaturesTable): RefusedFeature | undefined {
  const { channel, base_url: baseUrl, upstream_model: upstreamModel, feature } = row;
  if (!isFeature(feature)) return undefined;
  return { channel, baseUrl, upstreamModel, feature, learnedAt: row.learned_at, expiresAt: row.expires_at };
}
