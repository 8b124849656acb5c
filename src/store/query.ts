import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { Database } from './schema.ts';

/** A statement with its parameters, for a thread of the store to run. */
export type Statement = CompiledQuery;

/**
 * Builds typed queries without running them: `.compile()` gives SQL and parameters for the reader or writer thread.
 * Not for the hot path: that uses the prepared statements in `tables/`.
 */
export const query = new Kysely<Database>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (database) => new SqliteIntrospector(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});
