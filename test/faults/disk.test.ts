import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { isJsonObject, type Json } from '../../src/core/json.ts';
import {
  blockStop,
  messageEnd,
  messageStart,
  textBlockStart,
  textDelta,
  wholeMessage,
} from '../support/anthropic-stream.ts';
import { injectFault, mountSmallDisk, type SmallDisk } from '../support/broken-disk.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, counter, type Gateway, startGateway } from '../support/gateway.ts';
import { gate, waitFor } from '../support/wait.ts';

const MODEL = 'claude-opus-5';
const MB = 1024 ** 2;
const USAGE = { input: 30, output: 12 };
const ASK = { model: MODEL, max_tokens: 64, messages: [{ role: 'user', content: 'Hello' }] };
/** At which calls the disk fails, from the first to this one; `npm run disk-rounds` is the long run, to the 200th. */
const ROUNDS = Number(process.env['EZMODEL_DISK_ROUNDS'] ?? 2);

/** Crowds of requests until the call has come that is to fail: few of them make it sync. */
const MOST_CROWDS = 100;
const FILL = `payloads:
  - { project: default, keep: 1h, max_size: 1MB }
retention: { low_disk: 20MB, reserve: 4MB }
`;

let upstream: FakeUpstream;
let gateway: Gateway | undefined;
let disk: SmallDisk | undefined;

afterEach(async () => {
  await gateway?.dispose();
  await upstream?.stop();
  disk?.remove();
  gateway = undefined;
  disk = undefined;
});

async function start(more: string, dataDirectory?: string): Promise<Gateway> {
  upstream = await FakeUpstream.start();
  upstream.fallback = (reply) => reply.json(200, wholeMessage({ model: MODEL, usage: USAGE }));
  const config = channelConfig({ url: upstream.url, apiKey: upstream.apiKey, more });
  gateway = await startGateway({ config, ...(dataDirectory !== undefined && { dataDirectory }) });
  return gateway;
}

const readiness = async (server: Gateway) => (await server.send('/readyz')).json();

async function payloads(server: Gateway): Promise<number> {
  const list: Json = JSON.parse((await server.command('bodies', 'list', '--json')).stdout);
  return Array.isArray(list) ? list.length : 0;
}

/** Each call of the upstream is in the books once, with what it was; nothing is left open, and every sum holds. */
async function expectBooks(server: Gateway): Promise<void> {
  const { rows } = await waitFor('all exchanges to be settled', async () => {
    const usage = await server.usage();
    return usage.rows.every((row) => row['status'] !== 'open') && usage;
  });
  expect(rows.length).toBe(upstream.calls.length);
  for (const row of rows)
    expect([counter(row, 'input_tokens'), counter(row, 'output_tokens')]).toEqual([USAGE.input, USAGE.output]);
  const report: Json = JSON.parse((await server.command('doctor', '--json')).stdout);
  const checks = isJsonObject(report) && Array.isArray(report['checks']) ? report['checks'] : [];
  expect(checks.filter((check) => !isJsonObject(check) || check['ok'] !== true)).toEqual([]);
}

describe('the disk', () => {
  test('S4 fills up: payloads go first, then requests are refused, what is under way is settled, and all goes on when there is space', async (context) => {
    const mounted = mountSmallDisk(48 * MB);
    if (typeof mounted === 'string') return context.skip(mounted);
    disk = mounted;
    const server = await start(FILL, join(disk.path, 'data'));
    const large = { ...ASK, messages: [{ role: 'user', content: randomBytes(300_000).toString('base64') }] };
    for (let count = 0; count < 16; count += 1) expect((await server.messages(large)).status).toBe(200);
    await waitFor('all payloads to be kept', async () =>
      (await server.send('/metrics')).text.includes('ezmodel_payloads_kept_total 16'),
    );

    disk.fillTo(12 * MB);
    await waitFor('little space to be noticed', async () => (await readiness(server))['disk'] === 'low');
    await waitFor('payloads to be dropped', async () => (await payloads(server)) === 0);
    expect((await server.messages(ASK)).status).toBe(200);
    const metrics = await waitFor('a payload to be counted as dropped', async () => {
      const { text } = await server.send('/metrics');
      return text.includes('ezmodel_payloads_dropped_total{reason="disk"} 1') && text;
    });
    expect(metrics).toContain('ezmodel_disk_state 1');

    const goOn = gate();
    upstream.next(async (reply) => {
      await reply.streamHead();
      for (const event of [messageStart({ model: MODEL, usage: USAGE }), textBlockStart(), textDelta('One')]) {
        await reply.chunk(event);
      }
      await goOn.promise;
      for (const event of [blockStop(), ...messageEnd({ model: MODEL, usage: USAGE })]) await reply.chunk(event);
      await reply.endChunks();
    });
    const underWay = await server.stream(ASK);
    expect(underWay.status).toBe(200);
    disk.fillTo(0);
    await waitFor('the full disk to be noticed', async () => (await server.send('/readyz')).status === 503);
    const refused = await server.messages(ASK);
    expect(refused.status).toBe(503);
    expect(refused.headers['retry-after']).toBe('5');
    expect(refused.text).toContain('so it was not sent');
    goOn.open();
    expect((await underWay.whole()).text).toContain('message_stop');

    disk.empty();
    await waitFor('the space to be noticed', async () => (await server.messages(ASK)).status === 200);
    await waitFor('payloads to be kept again', async () => (await server.send('/readyz')).json()['disk'] === undefined);
    await expectBooks(server);
    expect(server.output).toContain('the disk is full');
  });

  const files = (server: Gateway) => ['', '-wal'].map((part) => join(server.dataDirectory, `ezmodel.db${part}`));
  test.for([
    {
      what: 'write',
      more: '',
      faults: [
        { calls: 'pwrite64', error: 'ENOSPC' },
        { calls: 'pwrite64', error: 'EIO' },
      ],
    },
    // Commits wait for a sync only where they have to outlive a power cut.
    { what: 'sync', more: 'server: { durability: power }\n', faults: [{ calls: 'fsync,fdatasync', error: 'EIO' }] },
  ])(
    'S4 G4 fails at the nth $what: nothing acknowledged is lost, nothing is booked twice, and it goes on without a restart',
    {
      timeout: 60_000 + ROUNDS * 10_000,
    },
    async ({ more, faults }, context) => {
      const rounds = ROUNDS * faults.length;
      const server = await start(more);
      let refused = 0;
      const felt = new Map<string, number>();
      for (let round = 0; round < rounds; round += 1) {
        const fault = faults[round % faults.length];
        if (fault === undefined) continue;
        const first = 1 + Math.floor(round / faults.length);
        const when = `${first}..${first + 12}`;
        const injection = await injectFault({ pid: server.pid, files: files(server), ...fault, when });
        if (typeof injection === 'string') return context.skip(injection);
        for (let crowds = 0; crowds === 0 || (injection.failed() === 0 && crowds < MOST_CROWDS); crowds += 1) {
          const answers = await Promise.all(Array.from({ length: 12 }, () => server.messages(ASK)));
          answers.push(await server.messages(ASK));
          for (const { status, text } of answers) {
            if (status === 503) refused += 1;
            expect([200, 503], `${JSON.stringify(fault)} ${when}: ${text}`).toContain(status);
          }
        }
        const kind = `${fault.calls} ${fault.error}`;
        if ((await injection.stop()) > 0) felt.set(kind, (felt.get(kind) ?? 0) + 1);
        await waitFor('requests to be taken again', async () => (await server.messages(ASK)).status === 200);
      }
      process.stdout.write(
        `the disk failed in ${rounds} rounds, and it was felt in: ${JSON.stringify(Object.fromEntries(felt))}\n`,
      );
      expect([...felt.values()]).toEqual(faults.map(() => ROUNDS));
      expect(refused, 'the faults were felt').toBeGreaterThan(0);
      expect(server.output).toContain('an intent could not be written');
      await expectBooks(server);
    },
  );
});
