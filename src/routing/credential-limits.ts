import type { Credential, CredentialLimits } from '../config/config.ts';
import { RecentMap } from '../core/recent-map.ts';

/** What this process sends under each credential, against what its operator allows it (`credentials[].limits`). */
export type CredentialUse = {
  /** A call goes out; call the answer once it is over (more calls do nothing). */
  begin(credential: Credential): () => void;
  /** Ms until the credential may take another call: 0 now; a guess where a place has to come free. */
  waitFor(credential: Credential): number;
};

const MINUTE = 60_000;

/** When a place comes free nobody knows; clients are told to come back after this long, in ms. */
const WAIT_FOR_PLACE = 1_000;

/** Credentials whose use is remembered. */
const REMEMBERED = 10_000;

/** `starts`: when calls went out in the last minute, oldest first, kept only where they are limited; monotonic ms. */
type Use = { inFlight: number; starts: number[] };

/** @param clock monotonic ms. */
export function createCredentialUse(clock: () => number): CredentialUse {
  const uses = new RecentMap<string, Use>(REMEMBERED);

  const recent = ({ starts }: Use): number[] => {
    const gone = starts.findIndex((startedAt) => startedAt > clock() - MINUTE);
    starts.splice(0, gone === -1 ? starts.length : gone);
    return starts;
  };

  return {
    begin({ id, limits }) {
      if (!limits) return () => undefined;
      const use = uses.get(id) ?? { inFlight: 0, starts: [] };
      uses.set(id, use);
      use.inFlight++;
      if (limits.requestsPerMinute !== undefined) recent(use).push(clock());
      let isOver = false;
      return () => {
        if (!isOver) use.inFlight--;
        isOver = true;
      };
    },
    waitFor({ id, limits }) {
      const use = limits && uses.peek(id);
      return use ? Math.max(waitForPlace(use, limits), waitForMinute(recent(use), limits, clock())) : 0;
    },
  };
}

function waitForPlace({ inFlight }: Use, { concurrent }: CredentialLimits): number {
  return concurrent !== undefined && inFlight >= concurrent ? WAIT_FOR_PLACE : 0;
}

function waitForMinute(starts: readonly number[], { requestsPerMinute }: CredentialLimits, now: number): number {
  if (requestsPerMinute === undefined || starts.length < requestsPerMinute) return 0;
  const next = starts.at(-requestsPerMinute) ?? now;
  return Math.max(0, next + MINUTE - now);
}
