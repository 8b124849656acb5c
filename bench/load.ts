import { Worker } from 'node:worker_threads';
import { Connection, type Timing } from './connection.ts';

/**
 * As many requests as fit: each connection sends its next one when it has its answer. @returns how many were answered.
 * @param anyStatus whether a request may be refused.
 */
export async function closedLoop(
  port: number,
  request: Buffer,
  connections: number,
  ms: number,
  anyStatus = false,
): Promise<number> {
  const opened = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
  const until = performance.now() + ms;
  let answered = 0;
  await Promise.all(
    opened.map(async (connection) => {
      while (performance.now() < until) {
        await connection.exchange(request, anyStatus);
        answered += 1;
      }
      connection.socket.destroy();
    }),
  );
  return answered;
}

/**
 * Requests at a steady rate per second, whether or not earlier ones have been answered.
 * @param anyStatus whether a request may be refused.
 */
export async function openLoop(
  port: number,
  request: Buffer,
  rate: number,
  ms: number,
  anyStatus = false,
): Promise<Timing[]> {
  const idle = await Promise.all(Array.from({ length: 32 }, () => Connection.open(port)));
  const all = new Set(idle);
  const exchanges: Promise<Timing>[] = [];
  const send = async (): Promise<Timing> => {
    const connection = usable(idle) ?? (await Connection.open(port));
    all.add(connection);
    const timing = await connection.exchange(request, anyStatus);
    idle.push(connection);
    return timing;
  };
  const pacer = new Worker(new URL('pacer.ts', import.meta.url), {
    workerData: { intervalMs: 1_000 / rate, durationMs: ms },
  });
  await new Promise((resolve, reject) => {
    pacer.on('message', () => exchanges.push(send()));
    pacer.once('exit', resolve);
    pacer.once('error', reject);
  });
  const timings = await Promise.all(exchanges);
  for (const { socket } of all) socket.destroy();
  return timings;
}

/** Takes a connection out of those that have nothing to do; some may have been closed by the other side. */
function usable(idle: Connection[]): Connection | undefined {
  for (let connection = idle.pop(); connection; connection = idle.pop()) {
    if (connection.socket.writable) return connection;
  }
  return undefined;
}
