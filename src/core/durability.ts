/** What a commit outlives (`reliability.md` S2): the end of the process, or the loss of power too, at the price of a wait for the disk. */
export const DURABILITIES = ['process', 'power'] as const;

/** One of {@link DURABILITIES}. */
export type Durability = (typeof DURABILITIES)[number];
