import { setTimeout as wait } from 'node:timers/promises';
import type { Config } from '../../config/config.ts';
import type { ChannelHealth } from '../../gateway/channel-health.ts';
import type { Logger } from '../../telemetry/log.ts';
import { createWorkerMetrics } from '../../telemetry/worker-metrics.ts';
import { logTrouble } from '../log-trouble.ts';
import { BackOff } from './back-off.ts';
import type { ToSupervisor, WorkerStart } from './protocol.ts';
import { createWatchdog } from './watchdog.ts';
import { startWorkerProcess, type WorkerEnd, type WorkerProcess } from './worker-process.ts';

/** How long workers may take to tell of themselves, in ms; who has not by then counts with what it told before. */
const FIGURES_PATIENCE = 1_000;

/** What a crew works with. */
export type CrewParts = {
  size: number;
  /** What the names of its processes begin with. */
  prefix: string;
  /** What is the same for all workers. */
  start: Omit<WorkerStart, 'node' | 'slot' | 'of'>;
  log: Logger;
  /** Settles what dead processes left open; of the members, these alone live. */
  recover(liveNodes: readonly string[]): Promise<void>;
};

type Member = {
  slot: number;
  node: string;
  process: WorkerProcess;
  startedAt: number;
  isStuck: boolean;
  /** Settles when it serves, or has ended without. */
  ready: PromiseWithResolvers<void>;
  /** How it knows its channels, as it told last. */
  health: ChannelHealth[] | undefined;
  /** Called when it has told of itself, or has ended. */
  whenCollected: Set<() => void>;
};

/** The worker processes of one gateway: started, watched, replaced when they die, and ended together. */
export class Crew {
  private readonly parts: CrewParts;
  private config: Config;
  private readonly members = new Map<number, Member>();
  private readonly backOffs = new Map<number, BackOff>();
  private readonly watchdog = createWatchdog<Member>(
    (member) => this.killStuck(member),
    () => performance.now(),
  );
  private readonly metrics = createWorkerMetrics<Member>(() => this.members.size);
  private recovering = Promise.resolve();
  private launched = 0;
  private isEnding = false;
  private readonly ended = Promise.withResolvers<void>();

  constructor(parts: CrewParts) {
    this.parts = parts;
    this.config = parts.start.config;
  }

  /** Resolves when all workers serve. Rejects when one of them cannot; the others must then be ended. */
  async begin(): Promise<void> {
    const slots = Array.from({ length: this.parts.size }, (_, slot) => slot);
    await Promise.all(slots.map((slot) => this.launch(slot).ready.promise));
  }

  applyConfig(config: Config): void {
    this.config = config;
    for (const { process } of this.members.values()) process.post({ type: 'config', config });
  }

  /** Lets all workers end what they have begun, as long as their config allows and until `hurry`. */
  async drain(hurry: Promise<void>): Promise<void> {
    this.isEnding = true;
    for (const { process } of this.members.values()) process.post({ type: 'drain' });
    void hurry.then(() => {
      for (const { process } of this.members.values()) process.post({ type: 'hurry' });
    });
    if (this.members.size > 0) await this.ended.promise;
  }

  /** Kills the workers that are left, and settles what they had open. */
  async end(): Promise<void> {
    this.isEnding = true;
    for (const { process } of this.members.values()) process.kill();
    if (this.members.size > 0) await this.ended.promise;
    this.watchdog.close();
    await this.recoverAbandoned();
  }

  /** Settles what processes left open that are no members any more. One run at a time; never rejects. */
  recoverAbandoned(): Promise<void> {
    this.recovering = this.recovering.then(async () => {
      const nodes = [...this.members.values()].map(({ node }) => node);
      await this.parts.recover(nodes).catch((error) => {
        logTrouble(this.parts.log, 'error', { err: error }, 'exchanges of an ended worker could not be settled yet');
      });
    });
    return this.recovering;
  }

  private launch(slot: number): Member {
    const { size, prefix, start, log } = this.parts;
    this.launched += 1;
    const node = `${prefix}.${this.launched}`;
    const process = startWorkerProcess({
      onMessage: (message) => this.take(member, message),
      onEnd: (end) => this.replace(member, end),
    });
    const member: Member = {
      slot,
      node,
      process,
      startedAt: performance.now(),
      isStuck: false,
      health: undefined,
      ready: Promise.withResolvers(),
      whenCollected: new Set(),
    };
    member.ready.promise.catch(() => undefined);
    this.members.set(slot, member);
    this.watchdog.watch(member);
    process.post({ type: 'start', start: { ...start, config: this.config, node, slot, of: size } });
    log.info({ slot, node, pid: process.pid }, 'worker started');
    return member;
  }

  private take(member: Member, message: ToSupervisor): void {
    switch (message.type) {
      case 'alive':
        this.watchdog.heard(member);
        return;
      case 'ready':
        this.parts.log.info({ slot: member.slot, node: member.node }, 'worker ready');
        member.ready.resolve();
        return;
      case 'failed':
        this.parts.log.error({ slot: member.slot, reason: message.message }, 'worker failed');
        member.ready.reject(Object.assign(new Error(message.message), { code: message.code }));
        return;
      case 'collected':
        this.metrics.keep(member, message.values);
        member.health = message.health;
        this.wakeCollectors(member);
        return;
      case 'render':
        void this.render(member, message.id);
        return;
      case 'channels':
        void this.tellHealth(member, message.id);
    }
  }

  private killStuck(member: Member): void {
    this.parts.log.error({ slot: member.slot, pid: member.process.pid }, 'worker is stuck and is killed');
    member.isStuck = true;
    member.process.kill();
  }

  private replace(member: Member, end: WorkerEnd): void {
    const { slot, node, startedAt, isStuck } = member;
    this.watchdog.forget(member);
    this.members.delete(slot);
    this.metrics.retire(member);
    this.wakeCollectors(member);
    member.ready.reject(new Error(`a worker ended before it served (${end.signal ?? `status ${end.code}`})`));
    if (this.isEnding) {
      if (this.members.size === 0) this.ended.resolve();
      return;
    }
    this.metrics.countReplacement(isStuck ? 'stuck' : 'crashed');
    const backOff = this.backOffs.get(slot) ?? new BackOff();
    this.backOffs.set(slot, backOff);
    const pause = backOff.pauseAfter(performance.now() - startedAt);
    this.parts.log.error({ slot, node, ...end, pause_ms: pause }, 'worker ended and is replaced');
    void this.launchLater(slot, pause);
  }

  /** After the recovery, which takes every process for dead that it does not know of when it begins. */
  private async launchLater(slot: number, pause: number): Promise<void> {
    await Promise.all([this.recoverAbandoned(), wait(pause)]);
    if (!this.isEnding) this.launch(slot);
  }

  /** Answers one with the sum of all figures. */
  private async render(asker: Member, id: number): Promise<void> {
    await this.collect();
    asker.process.post({ type: 'rendered', id, ...(await this.metrics.render()) });
  }

  /** Answers one with how all of them know their channels. */
  private async tellHealth(asker: Member, id: number): Promise<void> {
    await this.collect();
    const health = [...this.members.values()].flatMap((member) => (member.health ? [member.health] : []));
    asker.process.post({ type: 'told', id, health });
  }

  /** Lets all tell of themselves. */
  private async collect(): Promise<void> {
    const collecting = [...this.members.values()].map(
      (member) =>
        new Promise<void>((resolve) => {
          member.whenCollected.add(resolve);
          member.process.post({ type: 'collect' });
        }),
    );
    await Promise.race([Promise.all(collecting), wait(FIGURES_PATIENCE, undefined, { ref: false })]);
  }

  private wakeCollectors({ whenCollected }: Member): void {
    for (const wake of whenCollected) wake();
    whenCollected.clear();
  }
}
