/**
 * A clock for one request: Unix ms that go on from when it came, by the monotonic clock. Whatever is done to the system's clock
 * meanwhile, nothing of the request ends before it began, or takes an hour (S8).
 */
export function clockFrom(receivedAt: number): () => number {
  const begun = performance.now();
  return () => receivedAt + Math.round(performance.now() - begun);
}
