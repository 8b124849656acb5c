import { TestPostgres } from '../test/support/postgres.ts';
import { HAS_REDIS, RedisServer } from '../test/support/redis.ts';
import { describeMachine } from './report.ts';
import { type Rounds, runRounds } from './rounds.ts';
import { median } from './statistics.ts';
import {
  ALL_CORES,
  type Extras,
  leaveSubjectCore,
  type Subject,
  startBare,
  startGateway,
  startUpstream,
} from './subjects.ts';
import { RELAYED_MODEL } from './traffic.ts';

/**
 * What the ledger, budgets, limits, the kind of store and several processes cost, in one run with the bare relay:
 * `npm run bench:scale`, about two minutes. PostgreSQL and Redis run on this machine, on the core of the load.
 * `EZMODEL_BENCH_ROUNDS` sets how often each is measured, `EZMODEL_BENCH_SUBJECTS` (a regular expression) which ones.
 */
const ROUNDS = Number(process.env['EZMODEL_BENCH_ROUNDS'] ?? 3);
const CHOSEN = new RegExp(process.env['EZMODEL_BENCH_SUBJECTS'] ?? '');

/** Budgets and limits that hold nobody up: on the project, and for every key, project and model. */
const BOUNDED: Extras = {
  config: {
    prices: { [RELAYED_MODEL]: { input: 1, output: 5 } },
    budgets: { bench: { project: 'default', amount: 1_000_000, period: 'month' } },
    limits: [
      { key: '*', requests_per_minute: 1_000_000_000, input_tokens_per_minute: 1_000_000_000_000 },
      { project: '*', output_tokens_per_minute: 1_000_000_000_000, concurrent: 1_000_000 },
    ],
  },
};

/** A bundle has no module that could be replaced. */
const WITHOUT_LEDGER = {
  flags: [`--import=${new URL('./without-ledger.ts', import.meta.url).href}`],
  runsSources: true,
};

async function startSubjects(upstream: Subject, shared: Readonly<Record<string, string>>): Promise<Subject[]> {
  const two = { variables: { EZMODEL_WORKERS: '2' }, cores: ALL_CORES };
  const starts: Readonly<Record<string, Parameters<typeof startGateway>[2]>> = {
    'SQLite, no ledger': WITHOUT_LEDGER,
    SQLite: {},
    'SQLite, budgets + limits': BOUNDED,
    'SQLite, budgets + limits, 2 processes': { ...BOUNDED, ...two },
    'PostgreSQL + Redis, budgets + limits': { ...BOUNDED, variables: shared },
    'PostgreSQL + Redis, budgets + limits, 2 processes': {
      ...{ ...BOUNDED, ...two },
      variables: { ...shared, ...two.variables },
    },
  };
  const subjects = [await startBare(upstream)];
  for (const [name, options] of Object.entries(starts))
    if (CHOSEN.test(name)) subjects.push(await startGateway(name, upstream, options));
  return subjects;
}

function table(subjects: readonly Subject[], { capacity, latency, rate }: Rounds): string {
  const figures = subjects.map(({ name }) => {
    const of = capacity.get(name) ?? [];
    const timed = latency.get(name) ?? [];
    return {
      name,
      perSecond: median(of.map(({ perSecond }) => perSecond)),
      perCpuSecond: median(of.map(({ cpuMicros = Number.NaN }) => 1e6 / cpuMicros)),
      p50: median(timed.map(({ p50 }) => p50)),
      p99: median(timed.map(({ p99 }) => p99)),
    };
  });
  const [bare] = figures;
  const rows = figures.map(({ name, perSecond, perCpuSecond, p50, p99 }) => [
    name,
    perSecond.toFixed(0),
    perCpuSecond.toFixed(0),
    (perCpuSecond / (bare?.perCpuSecond ?? 1)).toFixed(2),
    p50.toFixed(2),
    p99.toFixed(2),
    (p50 - (bare?.p50 ?? 0)).toFixed(2),
    (p99 - (bare?.p99 ?? 0)).toFixed(2),
  ]);
  const head = ['1 KB JSON', '/s', '/s of CPU', 'x bare', 'p50 ms', 'p99 ms', 'added p50', 'added p99'];
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return [
    ...lines,
    '',
    `latencies at ${rate.toFixed(0)}/s, ${ROUNDS} rounds, ${JSON.stringify(describeMachine())}`,
  ].join('\n');
}

leaveSubjectCore();
const postgres = await TestPostgres.start(true);
const redis = HAS_REDIS ? await RedisServer.start() : undefined;
const upstream = await startUpstream();
const one = await postgres.database();
const shared = {
  DATABASE_URL: one,
  EZMODEL_SECRET: 'a secret of thirty-two characters or more',
  ...(redis && { REDIS_URL: redis.url }),
};
const subjects = await startSubjects(upstream, shared);
const rounds = await runRounds('whole', subjects, subjects, ROUNDS);
process.stdout.write(`${table(subjects, rounds)}\n`);
for (const subject of subjects) await subject.stop();
await upstream.stop();
await redis?.stop();
await postgres.dispose();
