/** Upper bounds of the buckets that latencies are counted in, in ms; above the last one is one more. */
export const LATENCY_BOUNDS = [
  25, 50, 75, 100, 150, 200, 300, 400, 600, 800, 1_200, 1_600, 2_400, 3_200, 4_800, 6_400, 10_000, 15_000, 20_000,
  30_000, 60_000, 120_000, 300_000,
] as const;

/** How many buckets there are. */
export const LATENCY_BUCKETS = LATENCY_BOUNDS.length + 1;

/** What the open last bucket is taken to reach, in ms. */
const LONGEST = 600_000;

/** The bucket of a latency in ms. */
export function latencyBucket(ms: number): number {
  const index = LATENCY_BOUNDS.findIndex((bound) => ms <= bound);
  return index < 0 ? LATENCY_BOUNDS.length : index;
}

/**
 * The latency in ms that the share `quantile` (0 to 1) of all counted ones does not exceed, between the bounds of its bucket;
 * null when none was counted.
 */
export function latencyQuantile(counts: readonly number[], quantile: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const wanted = quantile * total;
  let below = 0;
  for (const [index, count] of counts.entries()) {
    if (below + count >= wanted && count > 0) {
      const lower = LATENCY_BOUNDS[index - 1] ?? 0;
      const upper = LATENCY_BOUNDS[index] ?? LONGEST;
      return Math.round(lower + ((wanted - below) / count) * (upper - lower));
    }
    below += count;
  }
  return LONGEST;
}
