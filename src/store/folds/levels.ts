/** What the rows of a fold are told apart by: the columns of roll-ups that stand in `project_id` and `name`; '' for none. */
export const DIMENSIONS = {
  all: { project: "''", name: "''", columns: [] },
  model: { project: "''", name: 'model', columns: ['model'] },
  channel: { project: "''", name: 'channel', columns: ['channel'] },
  project: { project: 'project_id', name: "''", columns: ['project'] },
  'project model': { project: 'project_id', name: 'model', columns: ['project', 'model'] },
  'project channel': { project: 'project_id', name: 'channel', columns: ['project', 'channel'] },
  key: { project: 'project_id', name: 'key_id', columns: ['project', 'key'] },
} as const;

/** One of them. */
export type FoldDimension = keyof typeof DIMENSIONS;

/** Their names, those that tell the least apart first. */
export const DIMENSION_NAMES: readonly FoldDimension[] = [
  'all',
  'model',
  'channel',
  'project',
  'project model',
  'project channel',
  'key',
];

/** The dimension that is the sum of another one over all projects. */
export const OVER_PROJECTS: Readonly<Partial<Record<FoldDimension, FoldDimension>>> = {
  project: 'all',
  'project model': 'model',
  'project channel': 'channel',
};

/** Steps of time of one length, counted from the epoch. */
export type Level = {
  /** Length of a step. */
  hours: number;
  /** Dimensions that are summed from the roll-ups themselves; then those over all projects from them. */
  fromRollUps: readonly FoldDimension[];
  /** The length of the steps that all others are summed from. */
  below: number | undefined;
  /** Steps that are folded at once, so that no transaction takes long. */
  atOnce: number;
};

/**
 * Hours are kept for whole projects only, as an hour has nearly as many keys with models as it has exchanges. So months are some
 * twenty steps, and an end that cuts a step costs a few hours of roll-ups.
 */
export const LEVELS: readonly Level[] = [
  { hours: 1, fromRollUps: ['project'], below: undefined, atOnce: 6 },
  { hours: 6, fromRollUps: ['project model', 'project channel', 'key'], below: 1, atOnce: 1 },
  { hours: 24, fromRollUps: [], below: 6, atOnce: 1 },
  { hours: 168, fromRollUps: [], below: 24, atOnce: 1 },
];

/** Length of the longest steps, in hours. */
export const WIDEST = 168;

/** Dimensions that the steps of this many hours have. */
export function dimensionsAt(hours: number): readonly FoldDimension[] {
  return hours === 1 ? ['all', 'project'] : DIMENSION_NAMES;
}
