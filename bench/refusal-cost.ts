import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from './connection.ts';
import { closedLoop } from './load.ts';
import { median } from './statistics.ts';
import { cpuMs, type Subject, startGateway } from './subjects.ts';
import { requestBytes } from './traffic.ts';

/** Requests in flight while costs are taken, and the length of one slice, in ms. */
const CALLERS = 16;
const SLICE = 1_000;
const ROUNDS = 5;

/** CPU time that a gateway takes for one request, in µs; undefined where the system does not tell it. */
export type Costs = { answer: number | undefined; refusal: number | undefined; health: number | undefined };

/** What an answer, a refusal and a look at the health cost, taken in turn from a gateway with room and from one without. */
export async function refusalCost(upstream: Subject): Promise<Costs> {
  const open = await startGateway('open', upstream);
  const full = await startGateway('full', upstream, { server: { max_requests: 1, max_queued: 0 } });
  const holder = await Connection.open(full.port);
  holder.socket.write(requestBytes('slow', full));
  await pause(SLICE / 2);
  const kinds = {
    answer: () => costOf(open, requestBytes('whole', open)),
    refusal: () => costOf(full, requestBytes('whole', full)),
    health: () => costOf(full, Buffer.from('GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')),
  };
  for (const take of Object.values(kinds)) await take();
  const taken = { answer: [], refusal: [], health: [] } as Record<keyof Costs, number[]>;
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of ['answer', 'refusal', 'health'] as const) taken[kind].push(...(await kinds[kind]()));
  }
  holder.socket.destroy();
  await open.stop();
  await full.stop();
  const middle = (values: number[]) => (values.length > 0 ? median(values) : undefined);
  return { answer: middle(taken.answer), refusal: middle(taken.refusal), health: middle(taken.health) };
}

/** µs of CPU for each request; empty where it cannot be taken. */
async function costOf(subject: Subject, request: Buffer): Promise<number[]> {
  const before = cpuMs(subject);
  const answered = await closedLoop(subject.port, request, CALLERS, SLICE, true);
  const after = cpuMs(subject);
  return before === undefined || after === undefined ? [] : [((after - before) * 1_000) / answered];
}
