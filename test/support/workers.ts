import { isJsonObject, type Json, numberAt, stringAt } from '../../src/core/json.ts';
import type { Gateway } from './gateway.ts';
import { waitFor } from './wait.ts';

/** A worker process, as the supervisor's log tells of it. */
export type LoggedWorker = { slot: number; node: string; pid: number };

/** The workers that serve now, each slot once. */
export function livingWorkers(gateway: Gateway): LoggedWorker[] {
  const living = new Map<number, LoggedWorker>();
  const starting = new Map<number, LoggedWorker>();
  for (const line of logLines(gateway.output)) {
    const worker = workerOf(line);
    const { slot } = worker;
    const started = starting.get(slot);
    if (line['msg'] === 'worker started') starting.set(slot, worker);
    if (line['msg'] === 'worker ready' && started) living.set(slot, started);
    if (line['msg'] === 'worker ended and is replaced') living.delete(slot);
  }
  return [...living.values()];
}

/** The workers that a gateway has started so far, replacements included. */
export function startedWorkers(gateway: Gateway): LoggedWorker[] {
  return logLines(gateway.output).flatMap((line) => (line['msg'] === 'worker started' ? [workerOf(line)] : []));
}

/** Waits until a worker of this number, counted from the first start, serves. */
export function readyWorkers(gateway: Gateway, count: number, patience?: number): Promise<true> {
  return waitFor(
    `worker number ${count}`,
    () => logLines(gateway.output).filter((line) => line['msg'] === 'worker ready').length >= count || undefined,
    patience,
  ).then(() => true);
}

function workerOf(line: { [name: string]: Json }): LoggedWorker {
  return { slot: numberAt(line, 'slot') ?? -1, node: stringAt(line, 'node') ?? '', pid: numberAt(line, 'pid') ?? 0 };
}

function logLines(output: string): { [name: string]: Json }[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .flatMap((line) => {
      const parsed: unknown = JSON.parse(line);
      return isJsonObject(parsed) ? [parsed] : [];
    });
}
