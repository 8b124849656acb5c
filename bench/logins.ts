import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLoop } from './load.ts';
import { percentile } from './statistics.ts';
import { ALL_CORES, leaveSubjectCore, type Subject, startGateway, startUpstream } from './subjects.ts';
import { requestBytes } from './traffic.ts';

/**
 * What 100 people who sign in at the same time, each from elsewhere and with a wrong password, do to the models' callers:
 * `npm run bench:logins`, a quarter of a minute. Prints the latency of a steady trickle of requests without and with them.
 */
const PEOPLE = 100;
const REQUESTS_PER_SECOND = 100;

/** Length of one measurement, in ms. */
const SLICE = 5_000;

const OWNER = { email: 'ann@example.org', name: 'Ann', password: 'correct horse battery' };

function post({ port }: Subject, path: string, body: object, address: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/admin/api${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify(body),
  });
}

async function signInTogether(gateway: Subject): Promise<{ statuses: Map<number, number>; refusedWithin: number }> {
  const startedAt = performance.now();
  const statuses = new Map<number, number>();
  let refusedWithin = 0;
  const everybody = Array.from({ length: PEOPLE }, async (_, person) => {
    const body = { email: `person${person}@example.org`, password: 'not the right one' };
    const { status } = await post(gateway, '/session', body, `203.0.113.${person}`);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status === 503) refusedWithin = Math.max(refusedWithin, performance.now() - startedAt);
  });
  await Promise.all(everybody);
  return { statuses, refusedWithin };
}

async function trickle(gateway: Subject, label: string): Promise<void> {
  const timings = await openLoop(gateway.port, requestBytes('whole', gateway), REQUESTS_PER_SECOND, SLICE, true);
  const ends = timings.filter(({ status }) => status === 200).map(({ end }) => end);
  const refused = timings.length - ends.length;
  const [p50, p99] = [percentile(ends, 0.5), percentile(ends, 0.99)].map((ms) => ms.toFixed(1));
  process.stdout.write(
    `${label.padEnd(24)} ${ends.length} answered, ${refused} refused, p50 ${p50} ms, p99 ${p99} ms\n`,
  );
}

leaveSubjectCore();
const dataDirectory = mkdtempSync(join(tmpdir(), 'ezmodel-logins-'));
const upstream = await startUpstream();
const gateway = await startGateway('logins', upstream, {
  cores: ALL_CORES,
  server: { admin: { open: true }, trusted_proxies: ['127.0.0.1'] },
  variables: { EZMODEL_DATA_DIR: dataDirectory },
});
const token = readFileSync(join(dataDirectory, 'setup-token'), 'utf8').trim();
const made = await post(gateway, '/setup', { token, ...OWNER }, '203.0.113.200');
if (made.status !== 201) throw new Error(`the set-up was answered ${made.status}`);
await trickle(gateway, 'nobody signs in');
const [told] = await Promise.all([signInTogether(gateway), trickle(gateway, `${PEOPLE} sign in at once`)]);
const statuses = [...told.statuses].map(([status, count]) => `${count} x ${status}`).join(', ');
process.stdout.write(`answers: ${statuses}; refused within ${told.refusedWithin.toFixed(0)} ms\n`);
await gateway.stop();
await upstream.stop();
rmSync(dataDirectory, { recursive: true, force: true });
