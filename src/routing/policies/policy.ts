import type { Target } from '../resolve.ts';

/** What a policy can know of a target at this moment. */
export type TargetFigures = {
  /** Peak-EWMA of the times to the first event, in ms; undefined where none is known. */
  latency: number | undefined;
  /** Calls that are out. */
  inFlight: number;
  /** Any unit, as long as all have the same; undefined where none is known. */
  price: number | undefined;
  /** Whether it speaks the client's own dialect: preferred at equal rank. */
  isRelayed: boolean;
};

/** Live figures of targets. */
export type FiguresOf = (target: Target) => TargetFigures;

/**
 * Puts targets of equal priority in order, best first; all of them are kept.
 * @param random from 0 to 1, 1 excluded.
 */
export type Policy = (targets: readonly Target[], figuresOf: FiguresOf, random: () => number) => Target[];
