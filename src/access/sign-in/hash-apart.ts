import type { ScryptOptions } from 'node:crypto';
import { Worker } from 'node:worker_threads';

/** What is hashed, and how. */
export type HashInput = { password: string; salt: Uint8Array; length: number; options: ScryptOptions };

/** How long the thread waits for another password before it ends, in ms. */
const IDLE = 10_000;

/** The thread that waits. Starting one takes the event loop some milliseconds, which is much beside a request of a model. */
let waiting: { thread: Worker; ending: NodeJS.Timeout } | undefined;

/** Scrypt in a thread of its own, of low priority. Rejects when the thread fails. */
export async function hashApart(input: HashInput): Promise<Buffer> {
  const thread = takeThread();
  // While it works the process must not end; `giveBack` takes that away.
  thread.ref();
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const onExit = (code: number) => reject(new Error(`the thread of passwords ended with code ${code}`));
  thread.once('message', resolve).once('error', reject).once('exit', onExit);
  thread.postMessage(input);
  const hash = await promise;
  thread.off('error', reject).off('exit', onExit);
  giveBack(thread);
  return Buffer.from(hash);
}

function takeThread(): Worker {
  if (waiting === undefined) return startThread();
  const { thread, ending } = waiting;
  clearTimeout(ending);
  waiting = undefined;
  return thread;
}

function startThread(): Worker {
  // Beside this file, as `.ts` in the sources and as `.js` when built.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new Worker(new URL(`./password-worker.${extension}`, import.meta.url), {
    name: 'ezmodel password',
    execArgv: [],
  });
}

function giveBack(thread: Worker): void {
  thread.unref();
  if (waiting !== undefined) return void thread.terminate();
  const ending = setTimeout(() => {
    waiting = undefined;
    void thread.terminate();
  }, IDLE).unref();
  waiting = { thread, ending };
}
