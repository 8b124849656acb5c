import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of a PostgreSQL server with a database `migrated`. */
    postgres: string;
  }
}

// Read by `store-under-test.ts`, which processes without a test runner load too.
process.env['EZMODEL_TEST_POSTGRES'] = inject('postgres');
