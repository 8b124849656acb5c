import { dimensionsAt, type FoldDimension, LEVELS } from './levels.ts';

/** Which steps of a length are folded: from `first` to before `next`. */
export type FoldedLevel = { hours: number; first: number; next: number };

/** What is folded, and which hours (ascending) have changed since. */
export type FoldedState = { levels: readonly FoldedLevel[]; stale: readonly number[] };

/** Hours from `from` to before `to`, to be read from folds by steps of `hours`; 0: from the roll-ups. */
export type Piece = { hours: number; from: number; to: number };

/** Beyond so many pieces one query would be too long: then all of it is read from the roll-ups. */
const MOST_PIECES = 60;

/**
 * Which hours are asked for, of what, and in which steps they are told apart; undefined: not by time. Pieces may have folded steps
 * that two of those share: see `sumFolds`.
 */
export type Asked = {
  from: number;
  to: number;
  dimension: FoldDimension | undefined;
  steps: { hours: number; shift: number } | undefined;
};

/** Whether the steps of a length that begin in one asked step and end in the next can be read from single hours. */
function canBeCut(hours: number, dimension: FoldDimension | undefined): boolean {
  const level = LEVELS.find((each) => each.hours === hours);
  return level?.below === 1 && dimension !== undefined && dimensionsAt(1).includes(dimension);
}

/** Cuts hours into the fewest pieces: the longest folded steps that fit, and roll-ups where there are none. */
export function cutIntoPieces({ levels, stale }: FoldedState, { from, to, dimension, steps }: Asked): Piece[] {
  const usable = levels
    .filter(({ hours }) => dimension !== undefined && dimensionsAt(hours).includes(dimension))
    .filter(
      ({ hours }) => !steps || (steps.hours % hours === 0 && (steps.shift % hours === 0 || canBeCut(hours, dimension))),
    )
    .filter(({ first, next }) => first < next)
    .toSorted((a, b) => b.hours - a.hours);
  const whole = [{ hours: 0, from, to }];
  if (from >= to) return [];
  if (usable.length === 0) return whole;
  const begin = Math.min(...usable.map(({ hours, first }) => hours * first));
  const end = Math.max(...usable.map(({ hours, next }) => hours * next));
  const pieces: Piece[] = [];
  const add = (hours: number, start: number, until: number): void => {
    const last = pieces.at(-1);
    if (last?.hours === hours && last.to === start) last.to = until;
    else pieces.push({ hours, from: start, to: until });
  };
  let changed = 0;
  let hour = from;
  while (hour < to) {
    while ((stale[changed] ?? Number.POSITIVE_INFINITY) < hour) changed += 1;
    const nextStale = stale[changed] ?? Number.POSITIVE_INFINITY;
    const level = usable.find(
      ({ hours, first, next }) =>
        hour % hours === 0 && hour + hours <= Math.min(to, next * hours, nextStale) && hour >= first * hours,
    );
    // Before and after all that is folded there is nothing to look for hour by hour.
    const until = level ? hour + level.hours : hour < begin ? Math.min(begin, to) : hour >= end ? to : hour + 1;
    add(level?.hours ?? 0, hour, until);
    hour = until;
  }
  return pieces.length > MOST_PIECES ? whole : pieces;
}
