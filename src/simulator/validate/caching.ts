import type { Segment } from '../prompt.ts';
import { invalid } from '../refusal.ts';

const MOST_BREAKPOINTS = 4;

/**
 * At most four breakpoints, and no longer-lived one after a shorter-lived one (`anthropic-surface.md` §7). The automatic
 * breakpoint is one of them; on a block that has another lifetime already it is refused.
 * @throws RequestRefused 400.
 */
export function checkBreakpoints(segments: readonly Segment[]): void {
  const found = segments.reduce((sum, segment) => sum + segment.breakpoints.length, 0);
  if (found > MOST_BREAKPOINTS) {
    throw invalid('', `A maximum of ${MOST_BREAKPOINTS} blocks with cache_control may be provided. Found ${found}.`);
  }
  let shorterSeen = false;
  for (const { breakpoints, path } of segments) {
    for (const ttl of breakpoints) {
      if (ttl === '5m') shorterSeen = true;
      else if (shorterSeen) {
        throw invalid(
          `${path}.cache_control.ttl`,
          "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks are processed in the following order: `tools`, `system`, `messages`.",
        );
      }
    }
    if (new Set(breakpoints).size > 1) throw invalid('cache_control', 'the last block already has a different ttl');
  }
}
