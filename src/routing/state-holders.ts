import { hash } from 'node:crypto';
import type { CarriedState, StateKind } from '../core/opaque-states.ts';
import { RecentMap } from '../core/recent-map.ts';

/** Who holds the state that a request carries. */
export type Holder = {
  /** `channel/name` of the credential that made it. */
  credential: string;
  kind: StateKind;
  /** Path in the request. */
  field: string;
};

/** Remembers which credential made which state, so that what carries it goes back there. */
export type StateHolders = {
  /**
   * @param owner whose state it is: a name that one project was given leads no other anywhere.
   * @param text the state itself, or its id; only a digest of it is kept.
   */
  remember(owner: string, text: string, credential: string): void;
  /** The holder of what binds a request most: what lies with one account alone, before reasoning; of equals the latest. */
  holderOf(owner: string, states: readonly CarriedState[]): Holder | undefined;
  /** Whether nothing is remembered: then nobody need look for state in a request. */
  isEmpty(): boolean;
};

/** States that are remembered; some 150 bytes each. */
const REMEMBERED = 100_000;

/** How long, in ms since the state was made: conversations are taken up again the next day. */
const LIFETIME = 24 * 3_600_000;

/** Of each sort the latest are looked up: a long conversation is full of them, and each costs a hash. */
const MOST_LOOKED_AT = 16;

/** Characters of a state that are hashed: both ends, where long ones differ. */
const HASHED_END = 256;

/**
 * @param clock monotonic ms.
 * @param least so many states are remembered at least, the last used ones; at most twice as many.
 */
export function createStateHolders(clock: () => number, least = REMEMBERED): StateHolders {
  const holders = new RecentMap<string, { credential: string; until: number }>(least);

  return {
    remember(owner, text, credential) {
      holders.set(fingerprint(owner, text), { credential, until: clock() + LIFETIME });
    },
    holderOf(owner, states) {
      const binding = states.filter(isBinding).slice(-MOST_LOOKED_AT);
      const reasoning = states.filter((state) => !isBinding(state)).slice(-MOST_LOOKED_AT);
      const byWeight = [...binding.toReversed(), ...reasoning.toReversed()];
      for (const { kind, text, field } of byWeight) {
        const holder = holders.get(fingerprint(owner, text));
        if (holder && clock() < holder.until) return { credential: holder.credential, kind, field };
      }
      return undefined;
    },
    isEmpty: () => holders.size === 0,
  };
}

/** Whether state lies with one account alone, so that nobody else need be asked. */
export function isBinding({ kind }: { kind: StateKind }): boolean {
  return kind !== 'reasoning';
}

function fingerprint(owner: string, text: string): string {
  const ends =
    text.length <= 2 * HASHED_END ? text : `${text.slice(0, HASHED_END)}${text.length}${text.slice(-HASHED_END)}`;
  return hash('sha256', JSON.stringify([owner, ends]), 'base64url').slice(0, 22);
}
