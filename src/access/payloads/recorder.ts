import { Worker } from 'node:worker_threads';
import type { PayloadRule } from '../../config/config.ts';
import type { Store } from '../../store/open.ts';
import { insertPayload, type PayloadEntry } from '../../store/payloads.ts';
import type { Principal } from '../principal.ts';
import type { CaughtPayload } from './document.ts';
import type { PayloadReply, PayloadWorkerInput } from './worker-protocol.ts';

/** Bytes of payloads that all exchanges together may hold in memory, caught or on their way to the store. */
const MOST_HELD = 64 * 1024 * 1024;

/** Why a payload was not kept: too many were held in memory, the disk is nearly full, or it could not be sealed or written. */
export type PayloadLoss = 'memory' | 'disk' | 'failed';

/** What becomes of payloads. */
export type PayloadEvents = {
  onKept(): void;
  onLost(why: PayloadLoss): void;
  /** Told in words, for the log. */
  onFailure(reason: string): void;
};

/** Which payload it is that was caught. `startedAt` is Unix ms. */
export type PayloadOrigin = { exchangeId: string; principal: Principal; startedAt: number };

/** Keeps payloads, off the hot path: nothing here waits, and what there is no room for is dropped and counted. */
export type PayloadRecorder = {
  /** The rule of a key or its project; undefined: its payloads are not kept. */
  ruleFor(rules: readonly PayloadRule[], principal: Principal): PayloadRule | undefined;
  /** Takes memory for bytes about to be held. False: there is no room, and the payload is to be dropped. */
  hold(bytes: number): boolean;
  /** Gives memory back. */
  release(bytes: number): void;
  /** Keeps what was caught; `held` bytes are released when that is done or has failed. */
  keep(origin: PayloadOrigin, caught: CaughtPayload, rule: PayloadRule, held: number): void;
  /** Says that a payload was dropped. */
  lose(why: PayloadLoss): void;
  /** Stops keeping payloads, or begins again: set by the disk guard. */
  setStopped(stopped: boolean): void;
  /** Bytes held. */
  held(): number;
  /** Resolves when all that was to be kept is kept or lost, and the thread has ended. */
  close(): Promise<void>;
};

type Job = { entry: Omit<PayloadEntry, 'bytes'>; held: number; done: () => void };

/** The recorder of a server. Its thread is started with the first payload. */
export function createPayloadRecorder(store: Store, dataDir: string, events: PayloadEvents): PayloadRecorder {
  const jobs = new Map<string, Job>();
  const pending = new Set<Promise<void>>();
  let worker: Worker | undefined;
  let heldBytes = 0;
  let isStopped = false;

  const finish = (exchangeId: string): Job | undefined => {
    const job = jobs.get(exchangeId);
    jobs.delete(exchangeId);
    return job;
  };
  const end = ({ held, done }: Job): void => {
    heldBytes -= held;
    done();
  };
  const fail = (job: Job, reason: string): void => {
    events.onLost('failed');
    events.onFailure(reason);
    end(job);
  };
  const take = (reply: PayloadReply): void => {
    const job = finish(reply.exchangeId);
    if (job === undefined) return;
    if ('failure' in reply) {
      fail(job, reply.failure);
      return;
    }
    const { sealed } = reply;
    insertPayload(store, { ...job.entry, bytes: sealed.length, sealed }).then(
      () => {
        events.onKept();
        end(job);
      },
      (error: unknown) => fail(job, error instanceof Error ? error.message : String(error)),
    );
  };
  const started = (): Worker => {
    if (worker !== undefined) return worker;
    const fresh = startPayloadWorker({ dataDir });
    fresh.on('message', take);
    fresh.on('error', (error) => events.onFailure(`the payload thread died: ${String(error)}`));
    fresh.on('exit', () => {
      if (worker !== fresh) return;
      worker = undefined;
      for (const exchangeId of [...jobs.keys()]) {
        const job = finish(exchangeId);
        if (job !== undefined) fail(job, 'the payload thread has ended');
      }
    });
    worker = fresh;
    return fresh;
  };

  return {
    ruleFor: (rules, { keyId, projectId, projectName }) =>
      rules.find(({ on }) => on.scope === 'key' && on.name === keyId) ??
      rules.find(({ on }) => on.scope === 'project' && (on.name === projectId || on.name === projectName)),
    hold: (bytes) => {
      if (heldBytes + bytes > MOST_HELD) return false;
      heldBytes += bytes;
      return true;
    },
    release: (bytes) => {
      heldBytes -= bytes;
    },
    keep: ({ exchangeId, principal, startedAt }, caught, rule, held) => {
      if (isStopped) {
        heldBytes -= held;
        events.onLost('disk');
        return;
      }
      const { keyId, projectId } = principal;
      const entry = { exchangeId, keyId, projectId, createdAt: startedAt, expiresAt: startedAt + rule.keep };
      const { promise, resolve } = Promise.withResolvers<void>();
      jobs.set(exchangeId, { entry, held, done: resolve });
      pending.add(promise);
      promise.finally(() => pending.delete(promise));
      started().postMessage({ exchangeId, caught, redact: rule.redact });
    },
    lose: events.onLost,
    setStopped: (stopped) => {
      isStopped = stopped;
    },
    held: () => heldBytes,
    close: async () => {
      await Promise.all(pending);
      await worker?.terminate();
    },
  };
}

/** Beside this file, as `.ts` in the sources and as `.js` when built. */
function startPayloadWorker(input: PayloadWorkerInput): Worker {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const started = new Worker(new URL(`./payload-worker.${extension}`, import.meta.url), {
    workerData: input,
    name: 'ezmodel payloads',
    execArgv: [],
  });
  started.unref();
  return started;
}
