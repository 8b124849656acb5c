import { expect, test } from 'vitest';
import { LATENCY_BUCKETS, latencyBucket, latencyQuantile } from './latency-buckets.ts';

const countsOf = (latencies: number[]) => {
  const counts = Array.from({ length: LATENCY_BUCKETS }, () => 0);
  for (const ms of latencies) counts[latencyBucket(ms)] = (counts[latencyBucket(ms)] ?? 0) + 1;
  return counts;
};

test('a quantile lies in the bucket of the latency that it stands for', () => {
  const latencies = Array.from({ length: 1_000 }, (_, index) => index + 1);
  const counts = countsOf(latencies);
  for (const quantile of [0.01, 0.5, 0.9, 0.95, 0.99, 1]) {
    const found = latencyQuantile(counts, quantile) ?? Number.NaN;
    expect(latencyBucket(found)).toBe(latencyBucket(quantile * 1_000));
  }
});

test('nothing counted has no quantile; what is beyond all bounds is in the last bucket', () => {
  expect(latencyQuantile(countsOf([]), 0.5)).toBe(null);
  expect(latencyBucket(10_000_000)).toBe(LATENCY_BUCKETS - 1);
  expect(latencyQuantile(countsOf([10_000_000]), 0.5)).toBeGreaterThan(300_000);
});
