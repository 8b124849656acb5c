import { type RawBuilder, sql } from 'kysely';

/** Which exchanges to sum. Times are Unix ms; what is undefined does not matter. */
export type UsageFilter = {
  /** Started then or later. */
  from: number;
  /** Started before. */
  to?: number | undefined;
  keyId?: string | undefined;
  projectId?: string | undefined;
};

/** The condition of a key or project on a table that has both. */
export function ofHolder({ keyId, projectId }: Pick<UsageFilter, 'keyId' | 'projectId'>): RawBuilder<unknown> {
  return sql`${keyId === undefined ? sql`1 = 1` : sql`key_id = ${keyId}`}
    AND ${projectId === undefined ? sql`1 = 1` : sql`project_id = ${projectId}`}`;
}
