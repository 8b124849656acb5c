import { bytesPerSlowStream, bytesPerStalledReader, measureStart } from './footprint.ts';
import { describeMachine, formatTable, updateReadmes, writeResults } from './report.ts';
import { type Rounds, runRounds } from './rounds.ts';
import { capacityRow, clockRow, latencyRow, plainRow, type Row } from './rows.ts';
import { COLLECTING, leaveSubjectCore, type Subject, startBare, startGateway, startUpstream } from './subjects.ts';
import { CONVERTED_MODEL } from './traffic.ts';

/**
 * Measures what the gateway costs against a bare `node:http` + undici relay in the same run, with metering, keys, limits and
 * the log on: `npm run bench`. Takes three minutes at most. `--no-readme` leaves the READMEs as they are.
 */
const ROUNDS = 5;
const MEMORY_ROUNDS = 2;
const KIB = 1024;
const MIB = 1024 * 1024;

/** KiB per stream, one entry per round. */
type Footprints = Record<'slow' | 'slowBare' | 'stalled', number[]>;

async function measureLoad(upstream: Subject): Promise<{ whole: Rounds; events: Rounds }> {
  const bare = await startBare(upstream);
  const gateway = await startGateway('gateway', upstream);
  const quiet = await startGateway('quiet', upstream, { logLevel: 'warn' });
  const converting = { ...(await startGateway('converted', upstream)), model: CONVERTED_MODEL };
  say('whole answers of 1 KB');
  const whole = await runRounds('whole', [bare, gateway, quiet, converting], [bare, gateway], ROUNDS);
  say('streams of 200 events');
  const events = await runRounds('events', [bare, gateway, converting], [bare, gateway], ROUNDS);
  await Promise.all([bare, gateway, quiet, converting].map((subject) => subject.stop()));
  return { whole, events };
}

async function measureMemory(upstream: Subject): Promise<Footprints> {
  const footprints: Footprints = { slow: [], slowBare: [], stalled: [] };
  const measure = async (subject: Subject, bytesPerStream: (subject: Subject) => Promise<number>) => {
    const bytes = await bytesPerStream(subject);
    await subject.stop();
    return bytes / KIB;
  };
  for (let round = 0; round < MEMORY_ROUNDS; round++) {
    footprints.slowBare.push(await measure(await startBare(upstream), bytesPerSlowStream));
    footprints.slow.push(await measure(await startGateway('memory', upstream), bytesPerSlowStream));
    const collecting = await startGateway('memory', upstream, { flags: COLLECTING });
    footprints.stalled.push(await measure(collecting, bytesPerStalledReader));
  }
  return footprints;
}

async function measureStarts(): Promise<{ firstAnswerMs: number; idleBytes: number }[]> {
  const starts = [];
  for (let round = 0; round < ROUNDS; round++) starts.push(await measureStart());
  return starts;
}

function loadRows({ whole, events }: { whole: Rounds; events: Rounds }): Row[] {
  const words = {
    whole: { id: 'whole', en: 'relay of 1 KB JSON, per second of CPU', zh: '转发 1 KB JSON，每 CPU 秒' },
    quiet: { id: 'whole-quiet', en: 'the same with `EZMODEL_LOG_LEVEL=warn`', zh: '同上，`EZMODEL_LOG_LEVEL=warn`' },
    wholeClock: { id: 'whole-clock', en: 'relay of 1 KB JSON, by the clock', zh: '转发 1 KB JSON，按时钟' },
    events: {
      id: 'events',
      en: 'relay of streams of 200 events, per second of CPU',
      zh: '转发 200 个事件的流，每 CPU 秒',
    },
    eventsClock: {
      id: 'events-clock',
      en: 'relay of streams of 200 events, by the clock',
      zh: '转发 200 个事件的流，按时钟',
    },
    wholeConverted: {
      id: 'whole-converted',
      en: 'Messages from Chat, 1 KB JSON, per second of CPU',
      zh: 'Messages 转 Chat，1 KB JSON，每 CPU 秒',
    },
    eventsConverted: {
      id: 'events-converted',
      en: 'Messages from Chat, streams of 200 events, per second of CPU',
      zh: 'Messages 转 Chat，200 个事件的流，每 CPU 秒',
    },
    p50: { id: 'whole-p50', en: 'latency at half load, 1 KB, p50', zh: '半载延迟，1 KB，p50' },
    p99: { id: 'whole-p99', en: 'latency at half load, 1 KB, p99', zh: '半载延迟，1 KB，p99' },
    first: { id: 'first-event', en: 'first event at half load, p50', zh: '半载首个事件，p50' },
  };
  return [
    capacityRow(words.whole, whole, 'gateway', 0.7),
    capacityRow(words.quiet, whole, 'quiet', undefined),
    clockRow(words.wholeClock, whole, 'gateway'),
    capacityRow(words.events, events, 'gateway', 0.75),
    clockRow(words.eventsClock, events, 'gateway'),
    capacityRow(words.wholeConverted, whole, 'converted', undefined),
    capacityRow(words.eventsConverted, events, 'converted', 0.4),
    latencyRow(words.p50, whole, 'p50', 0.4),
    latencyRow(words.p99, whole, 'p99', 2),
    latencyRow(words.first, events, 'firstByteP50', 0.5),
  ];
}

function footprintRows(
  { slow, slowBare, stalled }: Footprints,
  starts: { firstAnswerMs: number; idleBytes: number }[],
): Row[] {
  const words = {
    slow: { id: 'slow', en: 'memory per open slow stream, 2,000 open', zh: '每条慢速流的内存，同时 2,000 条' },
    stalled: {
      id: 'stalled',
      en: 'memory held per stalled reader, 100 at once',
      zh: '每个停滞读者占用的内存，同时 100 个',
    },
    start: { id: 'start', en: 'start to first answered request', zh: '启动到首个应答' },
    idle: { id: 'idle', en: 'idle memory (RSS)', zh: '空闲内存（RSS）' },
  };
  const firstAnswers = starts.map(({ firstAnswerMs }) => firstAnswerMs);
  const idle = starts.map(({ idleBytes }) => idleBytes / MIB);
  return [
    plainRow(words.slow, 'KiB', slow, 30, slowBare),
    plainRow(words.stalled, 'KiB', stalled, 256),
    plainRow(words.start, 'ms', firstAnswers, 500),
    plainRow(words.idle, 'MiB', idle, 110),
  ];
}

function say(text: string): void {
  process.stderr.write(`bench: ${text} ...\n`);
}

function entries({ capacity, latency, rate }: Rounds): object {
  return { capacity: Object.fromEntries(capacity), latency: Object.fromEntries(latency), rate };
}

leaveSubjectCore();
say('starts');
const starts = await measureStarts();
const upstream = await startUpstream();
const load = await measureLoad(upstream);
say('memory of open streams');
const footprints = await measureMemory(upstream);
await upstream.stop();

const rows = [...loadRows(load), ...footprintRows(footprints, starts)];
const machine = describeMachine();
const day = new Date().toISOString().slice(0, 10);
const raw = { whole: entries(load.whole), events: entries(load.events), footprints, starts };
writeResults(rows, machine, day, raw);
process.stdout.write(`${formatTable(rows, machine, day, 'en')}\n`);
if (!process.argv.includes('--no-readme')) updateReadmes(rows, machine, day);
