import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLoop } from './load.ts';
import { percentile } from './statistics.ts';
import { ALL_CORES, leaveSubjectCore, type Subject, startGateway, startUpstream } from './subjects.ts';
import { requestBytes } from './traffic.ts';

/**
 * What 100 people who sign in at the same time, each from elsewhere and with a wrong password, do to the models' callers:
 * `npm run bench:logins`, two minutes. Prints the latency of a steady trickle of requests without and with them, in phases that
 * take turns, so that both have the same machine.
 */
const PEOPLE = 100;
const REQUESTS_PER_SECOND = 100;

/** Phases of each kind, and the length of one, in ms: about as long as those hashes take who are not refused. */
const ROUNDS = Number(process.argv[2] ?? 4);
const SLICE = 15_000;

const OWNER = { email: 'ann@example.org', name: 'Ann', password: 'correct horse battery' };

function post({ port }: Subject, path: string, body: object, address: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/admin/api${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify(body),
  });
}

/** Everybody at once, each of whom has not tried before. @returns the statuses that they got. */
async function signInTogether(gateway: Subject, round: number): Promise<number[]> {
  const everybody = Array.from({ length: PEOPLE }, async (_, person) => {
    const body = { email: `person${round}.${person}@example.org`, password: 'not the right one' };
    return (await post(gateway, '/session', body, `203.0.${round}.${person}`)).status;
  });
  return Promise.all(everybody);
}

/** One phase of requests to a model. @returns how long each took, in ms. */
async function trickle(gateway: Subject): Promise<number[]> {
  const timings = await openLoop(gateway.port, requestBytes('whole', gateway), REQUESTS_PER_SECOND, SLICE, true);
  const refused = timings.filter(({ status }) => status !== 200).length;
  if (refused > 0) throw new Error(`${refused} requests were refused`);
  return timings.map(({ end }) => end);
}

function tell(label: string, times: readonly number[]): void {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile([...times], share).toFixed(1));
  process.stdout.write(`${label.padEnd(24)} ${times.length} requests, p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms\n`);
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
// The first requests compile what the others run.
await trickle(gateway);
const quiet: number[] = [];
const busy: number[] = [];
const statuses = new Map<number, number>();
for (let round = 0; round < ROUNDS; round++) {
  quiet.push(...(await trickle(gateway)));
  const signingIn = signInTogether(gateway, round);
  busy.push(...(await trickle(gateway)));
  // Who is still waiting would disturb the next phase.
  for (const status of await signingIn) statuses.set(status, (statuses.get(status) ?? 0) + 1);
}
tell('nobody signs in', quiet);
tell(`${PEOPLE} sign in at once`, busy);
process.stdout.write(`answers: ${[...statuses].map(([status, count]) => `${count} x ${status}`).join(', ')}\n`);
await gateway.stop();
await upstream.stop();
rmSync(dataDirectory, { recursive: true, force: true });
