import { isJsonObject, type Json, numberAt, stringAt } from '../../src/core/json.ts';
import type { Gateway } from './gateway.ts';

/** A worker process, as the supervisor's log tells of it. */
export type LoggedWorker = { slot: number; node: string; pid: number };

/** The workers that serve now, each slot once. */
export function livingWorkers(gateway: Gateway): LoggedWorker[] {
  const living = new Map<number, LoggedWorker>();
  const starting = new Map<number, LoggedWorker>();
  for (const line of logLines(gateway.output)) {
    const slot = numberAt(line, 'slot') ?? -1;
    const node = stringAt(line, 'node') ?? '';
    const started = starting.get(slot);
    if (line['msg'] === 'worker started') starting.set(slot, { slot, node, pid: numberAt(line, 'pid') ?? 0 });
    if (line['msg'] === 'worker ready' && started) living.set(slot, started);
    if (line['msg'] === 'worker ended and is replaced') living.delete(slot);
  }
  return [...living.values()];
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
