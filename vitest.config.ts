import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Suites of what is kept in a store: they run on SQLite among the unit tests, and once more on a real PostgreSQL. */
const STORE_SUITES = [
  'src/access/{authenticate,project-keys,sync-spending,sealing/{rewrap,confirm-keys},sign-in/back-off}.test.ts',
  'src/metering/{late-settlement,ledger,reprice,usage-by,retention/run-retention}.test.ts',
  'src/store/{budget-holds,close-rows,exchange-pages,folds/folds,operations}.test.ts',
];

/** Suites of the admin API that run on both as well: who may do what, sessions, the audit log, tenants, writes of objects, webhooks. */
const ADMIN_SUITES = 'test/e2e/{admin,admin-tenants,admin-objects,admin-webhooks}.test.ts';

/** Suites of real processes. Most of their time is waiting, so that two fit on two cores. */
const INTEGRATION_SUITES = 'test/{e2e,conformance,faults,console}/**/*.test.ts';

/** Those that load the machine, or time what it does under load: each runs when nothing else does. */
const LONE_SUITES = 'test/faults/{aborts,chaos,kill,overload,retry-storm}.test.ts';

const INTEGRATION_TIMES = { testTimeout: 60_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line-reporter.ts'],
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/*.test.ts'],
          isolate: false,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'postgres',
          include: [...STORE_SUITES, ADMIN_SUITES],
          globalSetup: './test/support/shared-postgres.ts',
          setupFiles: './test/support/use-postgres.ts',
          ...INTEGRATION_TIMES,
        },
      },
      { test: { name: 'integration', include: [INTEGRATION_SUITES], exclude: [LONE_SUITES], ...INTEGRATION_TIMES } },
      {
        test: {
          name: 'alone',
          include: [LONE_SUITES],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
          ...INTEGRATION_TIMES,
        },
      },
    ],
  },
});
