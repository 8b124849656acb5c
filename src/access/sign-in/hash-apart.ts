import type { ScryptOptions } from 'node:crypto';
import { Worker } from 'node:worker_threads';

/** What is hashed, and how. */
export type HashInput = { password: string; salt: Uint8Array; length: number; options: ScryptOptions };

/** Scrypt in a thread of its own, of low priority. Rejects when the thread fails. */
export function hashApart(input: HashInput): Promise<Buffer> {
  // Beside this file, as `.ts` in the sources and as `.js` when built.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(`./password-worker.${extension}`, import.meta.url), {
      workerData: input,
      name: 'ezmodel password',
      execArgv: [],
    });
    worker.once('message', (hash: Uint8Array) => resolve(Buffer.from(hash)));
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the thread of a password ended with code ${code}`)));
  });
}
