import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { within } from './wait.ts';

/** A small disk of a test's own, in memory. */
export type SmallDisk = {
  path: string;
  free(): number;
  /** Takes space until so many bytes are left. */
  fillTo(left: number): void;
  /** Gives it back. */
  empty(): void;
  remove(): void;
};

/** Mounts a disk of `bytes`; a text says why that is not possible here. */
export function mountSmallDisk(bytes: number): SmallDisk | string {
  const path = mkdtempSync(join(tmpdir(), 'ezmodel-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path], { encoding: 'utf8' });
  if (mounted.status !== 0) {
    rmSync(path, { recursive: true });
    return `no small disk can be mounted here: ${mounted.stderr || mounted.error}`;
  }
  const ballast = join(path, 'ballast');
  const free = () => {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  };
  return {
    path,
    free,
    fillTo: (left) => {
      rmSync(ballast, { force: true });
      try {
        writeFileSync(ballast, Buffer.alloc(Math.max(0, free() - left)));
      } catch (error) {
        // Who else writes there was faster: it is as full as can be.
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      }
    },
    empty: () => rmSync(ballast, { force: true }),
    remove: () => {
      execFileSync('umount', [path]);
      rmSync(path, { recursive: true });
    },
  };
}

/** Which calls of a process fail, how, and which of them by number (`3..8`). */
export type InjectedFault = { pid: number; files: readonly string[]; calls: string; error: string; when: string };

/** Calls that are made to fail. */
export type Injection = {
  /** How many have failed so far, as far as strace has written it down. */
  failed(): number;
  /** Ends it; how many have failed. */
  stop(): Promise<number>;
};

/** Makes calls of a running process on files fail, until the answered function is called; a text says why it cannot. */
export async function injectFault(fault: InjectedFault): Promise<Injection | string> {
  const { pid, files, calls, error, when } = fault;
  const only = files.flatMap((file) => ['-P', file]);
  const folder = mkdtempSync(join(tmpdir(), 'ezmodel-strace-'));
  const log = join(folder, 'calls');
  const inject = `inject=${calls}:error=${error}:when=${when}`;
  const tracer = spawn('strace', ['-f', '-p', `${pid}`, ...only, '-e', `trace=${calls}`, '-e', inject, '-o', log]);
  let said = '';
  const attached = new Promise<string | undefined>((settle) => {
    tracer.once('error', (failure) => settle(String(failure)));
    tracer.once('exit', () => settle(said || 'strace ended'));
    tracer.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('attached')) settle(undefined);
    });
  });
  const trouble = await within('strace to attach', attached);
  if (trouble !== undefined) return `strace cannot trace here: ${trouble}`;
  const failed = () => readFileSync(log, 'utf8').split('(INJECTED)').length - 1;
  return {
    failed,
    stop: async () => {
      const ended = new Promise((settle) => tracer.once('exit', settle));
      tracer.kill('SIGINT');
      await within('strace to detach', ended);
      const count = failed();
      rmSync(folder, { recursive: true });
      return count;
    },
  };
}
