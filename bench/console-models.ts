import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

/** What the thread is started with. */
export type ModelCaller = { url: string; key: string };

/** One call: when it began (Unix ms, with fractions), and how long it took in ms. */
export type Timed = { at: number; took: number };

/** Between two calls, in ms. */
const PAUSE = 5;

/** Asks for short answers one after the other on a thread of its own, so that reading pages does not count; tells of each. */
async function callModels({ url, key }: ModelCaller): Promise<void> {
  const body = JSON.stringify({
    model: 'claude-opus-5-5',
    max_tokens: 20,
    messages: [{ role: 'user', content: 'hi' }],
  });
  const headers = { 'content-type': 'application/json', 'x-api-key': key, 'anthropic-version': '2023-06-01' };
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const callOnce = () =>
    new Promise<void>((resolve, reject) => {
      const call = request(`${url}/v1/messages`, { method: 'POST', headers, agent }, (answer) => {
        answer.on('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error(`${answer.statusCode}`))));
        answer.resume();
      });
      call.on('error', reject);
      call.end(body);
    });
  for (;;) {
    const start = performance.now();
    await callOnce();
    const timed: Timed = { at: performance.timeOrigin + start, took: performance.now() - start };
    parentPort?.postMessage(timed);
    await sleep(PAUSE);
  }
}

await callModels(workerData);
