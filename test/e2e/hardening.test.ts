import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { type Gateway, SIMULATOR_CONFIG, startGateway } from '../support/gateway.ts';

let gateway: Gateway;

afterEach(() => gateway?.dispose());

test.runIf(process.platform === 'linux')(
  'no signal opens a debugger of a server or its workers, and their core dumps hold nothing of their memory',
  async () => {
    gateway = await startGateway({ config: SIMULATOR_CONFIG, environment: { EZMODEL_WORKERS: '2' } });
    const workers = readFileSync(`/proc/${gateway.pid}/task/${gateway.pid}/children`, 'utf8').trim().split(' ');
    expect(workers).toHaveLength(2);
    const pids = [gateway.pid, ...workers.map(Number)];
    for (const pid of pids) {
      process.kill(pid, 'SIGUSR1');
      expect(Number.parseInt(readFileSync(`/proc/${pid}/coredump_filter`, 'utf8'), 16)).toBe(0);
    }
    // Answered by each of them after the signal has come.
    for (let turn = 0; turn < 4; turn++) expect((await gateway.send('/healthz')).status).toBe(200);
    expect(gateway.output).not.toContain('Debugger');
  },
);
