import { defineConfig } from 'vitest/config';

/** Suites of what is kept in a store: they run on SQLite among the unit tests, and once more on a real PostgreSQL. */
const STORE_SUITES = [
  'src/access/{authenticate,project-keys,sync-spending,sealing/rewrap}.test.ts',
  'src/metering/{ledger,reprice,usage-by,retention/run-retention}.test.ts',
  'src/store/{budget-holds,close-rows,exchange-pages,operations}.test.ts',
];

export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line-reporter.ts'],
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts', 'test/*.test.ts'], isolate: false } },
      {
        test: {
          name: 'postgres',
          include: STORE_SUITES,
          globalSetup: './test/support/shared-postgres.ts',
          setupFiles: './test/support/use-postgres.ts',
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/{e2e,conformance,faults,console}/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
