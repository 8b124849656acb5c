import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from './connection.ts';
import { closedLoop } from './load.ts';
import { createHome, residentBytes, type Subject, startOnSimulator } from './subjects.ts';
import { requestBytes } from './traffic.ts';

/** Streams that are open at once, and readers that stand still at once. */
const SLOW_STREAMS = 2_000;
const STALLED_READERS = 100;

/** Connections are made in groups of this many, so that no queue of connections overflows. */
const GROUP = 100;

/** How long streams are held before memory is read, in ms: longer than buffers take to fill. */
const HOLD = 4_000;

/** Resident memory that each open stream, of which an event is read every second, adds to a process, in bytes. */
export function bytesPerSlowStream(subject: Subject): Promise<number> {
  return bytesPerStream(subject, 'slow', SLOW_STREAMS, async () => residentBytes(subject));
}

/**
 * What a gateway holds for each stream of which nothing is read while its upstream pushes, in bytes of heap and buffers. The
 * gateway must collect its garbage all the time: what has passed through before a stream stands still is not held.
 */
export function bytesPerStalledReader(subject: Subject): Promise<number> {
  const heldBytes = async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${subject.port}/metrics`)).text();
    const figure = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1]);
    return figure('nodejs_external_memory_bytes') + figure('nodejs_heap_size_used_bytes');
  };
  return bytesPerStream(subject, 'flood', STALLED_READERS, () => steady(heldBytes));
}

/** A figure once it has stopped moving: the last bytes are still on their way when readers have just stopped. */
async function steady(read: () => Promise<number>): Promise<number> {
  for (let last = await read(); ; ) {
    await pause(1_000);
    const now = await read();
    if (Math.abs(now - last) < last / 100) return now;
    last = now;
  }
}

async function bytesPerStream(
  subject: Subject,
  kind: 'slow' | 'flood',
  streams: number,
  usedBytes: () => Promise<number>,
): Promise<number> {
  await closedLoop(subject.port, requestBytes('events', subject), GROUP, 1_000);
  await pause(500);
  const before = await usedBytes();
  const request = requestBytes(kind, subject);
  const connections: Connection[] = [];
  while (connections.length < streams) {
    const group = await Promise.all(Array.from({ length: GROUP }, () => Connection.open(subject.port)));
    for (const connection of group) {
      if (kind === 'flood') connection.socket.pause();
      // A stream that is cut at the end of the measurement has done what it was for.
      connection.exchange(request).catch(() => undefined);
    }
    connections.push(...group);
    await pause(20);
  }
  await pause(HOLD);
  const after = await usedBytes();
  for (const { socket } of connections) socket.destroy();
  return (after - before) / streams;
}

/** A start of the gateway: ms from the start of the process to its first answer, and its memory when it then has nothing to do. */
export async function measureStart(): Promise<{ firstAnswerMs: number; idleBytes: number }> {
  const home = createHome(undefined, 'info');
  const startedAt = performance.now();
  const gateway = await startOnSimulator(home);
  const connection = await Connection.open(gateway.port);
  await connection.exchange(requestBytes('whole', { ...gateway, key: home.key }));
  const firstAnswerMs = performance.now() - startedAt;
  connection.socket.destroy();
  await pause(1_000);
  const idleBytes = residentBytes(gateway);
  await gateway.stop();
  home.remove();
  return { firstAnswerMs, idleBytes };
}
